"""Due dates in one's own calendar: the page of its address, and the calendar itself, which needs no sign-in."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dsr.models import CalendarFeed
from dsr.selectors.cases import open_cases
from dsr.selectors.icalendar import calendar_of
from dsr.selectors.staff import StaffRequest
from dsr.services import calendars
from dsr.services.reading import as_read_by
from dsr.views.guards import reads_cases


@reads_cases
def page(request: StaffRequest) -> HttpResponse:
    """The address is shown once, on the answer itself: led elsewhere, it would have to be kept somewhere until then."""
    address = ""
    if request.method == "POST":
        address = f"{settings.ENV.base_url}{reverse('calendar_feed', args=[calendars.make(actor=request.user)])}"
    feed = CalendarFeed.objects.filter(user=request.user).first()
    response = render(request, "calendar.html", {"feed": feed, "address": address})
    response.headers["Cache-Control"] = "no-store, private"
    return response


@reads_cases
def end(request: StaffRequest) -> HttpResponse:
    if request.method == "POST" and calendars.end(actor=request.user):
        messages.success(request, _("The address has ended. Calendars that read it get nothing any more."))
    return redirect("calendar")


@require_safe
def feed(_request: HttpRequest, token: str) -> HttpResponse:
    """The open cases, for whoever has the address of somebody who may read them. The token alone counts."""
    reader = calendars.reader_of(token)
    if reader is None:
        response = HttpResponse(status=404, content_type="text/plain; charset=utf-8")
    else:
        with as_read_by(reader):
            text = calendar_of(
                open_cases().order_by("due_on", "pk").iterator(),
                host=urlsplit(settings.ENV.base_url).hostname or "localhost",
                now=timezone.now(),
            )
        response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="due-dates.ics"'
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
