"""The one page for the world outside: was this document issued here? By its code, or by the file itself."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dsr import papercode
from dsr.selectors import issued
from dsr.selectors.issued import Verdict

LONGEST_TYPED = 60
"""Of what is typed as a code. More is no code, and isn't shown again."""

_MISTYPED = gettext_lazy("This code is mistyped: it has four groups of five, and its last character checks the others.")

# What a code says is never more than neutral: it may stand on another paper.
_TONES = {Verdict.ISSUED: "good", Verdict.SIGNED: "", Verdict.CHANGED: "bad", Verdict.FOREIGN: "bad"}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, code: str = "") -> HttpResponse:
    """Ask and answer. A posted file is read in memory (see `dsr.uploads`) and forgotten with the request."""
    if request.method == "POST":
        return _answer_file(request)
    typed = (code or request.GET.get("code", "")).strip()[:LONGEST_TYPED]
    if not typed:
        return _show(request)
    read = papercode.read(typed)
    if not read:  # known without looking anything up, so it tells nobody what was issued
        return _show(request, typed=typed, code_error=_MISTYPED, status=404)
    found = issued.by_code(read)
    if found is None:
        return _show(request, typed=typed, unknown=True, tone="bad", status=404)
    return _show(request, typed=typed, issued=found)


def _answer_file(request: HttpRequest) -> HttpResponse:
    file = cast("UploadedFile[bytes] | None", request.FILES.get("file"))
    limit: int = settings.ENV.upload_limit
    if not file:
        return _show(request, file_error=_("Choose the PDF first."))
    if (file.size or 0) > limit:
        too_large = _("This file is larger than %(limit)d MB, more than can be checked here. Use its code, or ask us.")
        return _show(request, file_error=too_large % {"limit": limit // 1024**2})
    finding = issued.by_file(file.read())
    is_superseded = finding.issued is not None and finding.issued.is_superseded
    tone = "" if is_superseded else _TONES[finding.verdict]
    return _show(request, finding=finding, issued=finding.issued, tone=tone)


def _show(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    context["certificates"] = issued.own()
    return render(request, "verify.html", context, status=status)
