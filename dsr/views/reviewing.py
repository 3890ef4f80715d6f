"""The review's form: save it, or save it and have everything prepared."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput
from dsr.forms.review import ReviewForm
from dsr.models import Case, LineDecision, Plan
from dsr.services import preparation, review
from dsr.views.acts import Data, act
from dsr.views.case import show
from dsr.views.guards import StaffRequest, case_or_404, officers, posted


@posted
@officers
def save(request: StaffRequest, reference: str) -> HttpResponse:
    """One form, three buttons: `then` is empty (save), `prepare`, or `delete-rest`, which only fills the form in."""
    case = case_or_404(reference)
    plan = case.current_plan
    if plan is None:
        return redirect("case", reference)
    then = request.POST.get("then", "")
    if then == "delete-rest":
        filled = ReviewForm(initial=_with_rest_deleted(request.POST, plan).dict(), plan=plan)
        return show(request, case, bound={"review": filled})
    form = ReviewForm(request.POST, plan=plan)

    def do(_data: Data) -> None:
        _save(request, case, form)
        if then == "prepare":
            preparation.request(case=case, actor=request.user)

    done = _("The worker prepares the export and the evidence.") if then == "prepare" else _("Review saved.")
    return act(request, case, form=form, slot="review", do=do, done=done)


def _save(request: StaffRequest, case: Case, form: ReviewForm) -> None:
    try:
        review.save(
            case=case,
            actor=request.user,
            ground=form.cleaned_data["ground"],
            choices={pk: review.Choice(**chosen) for pk, chosen in form.choices().items()},
        )
    except InvalidInput as error:
        # A line's error is shown in the line, beside what it is about.
        field = (error.field or "").replace("line-", "decision-")
        raise InvalidInput(str(error), field=field) from None


def _with_rest_deleted(posted_data: QueryDict, plan: Plan) -> QueryDict:
    data = posted_data.copy()
    for line in plan.lines.all():
        if not data.get(f"decision-{line.pk}"):
            data[f"decision-{line.pk}"] = LineDecision.DELETE
    return data
