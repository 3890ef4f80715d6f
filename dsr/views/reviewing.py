"""The review's form: save it, or save it and have everything prepared."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput
from dsr.forms.review import ReviewForm
from dsr.models import Case, LineDecision, Plan
from dsr.selectors.staff import StaffRequest
from dsr.services import preparation, review
from dsr.views.acts import Data, act
from dsr.views.case import show
from dsr.views.guards import case_or_404, officers, posted

FILL = "delete-all-of:"


@posted
@officers
def save(request: StaffRequest, reference: str) -> HttpResponse:
    """One form; its button says, in `then`, whether to save, to save and prepare, or only to fill the form in."""
    case = case_or_404(reference)
    plan = case.current_plan
    if plan is None:
        return redirect("case", reference)
    then = request.POST.get("then", "")
    if then.startswith(FILL):
        filled = _filled(request.POST, plan, integration_id=then.removeprefix(FILL))
        return show(request, case, bound={"review": ReviewForm(initial=filled.dict(), plan=plan)})
    form = ReviewForm(request.POST, plan=plan)

    def do(_data: Data) -> None:
        _save(request, case, form)
        if then == "prepare":
            saved = case.current_plan
            form.saw(review.standing(saved) if saved else {})  # it stands even if nothing can be prepared yet
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
            seen=form.cleaned_data["seen"],
        )
    except InvalidInput as error:
        # A line's error is shown in the line, beside what it is about.
        field = (error.field or "").replace("line-", "decision-")
        raise InvalidInput(str(error), field=field) from None


def _filled(typed: QueryDict, plan: Plan, *, integration_id: str) -> QueryDict:
    """What was typed, with “delete” for the undecided lines of one integration. Nothing is saved."""
    data = typed.copy()
    for line in plan.lines.filter(integration_id=integration_id):
        if not data.get(f"decision-{line.pk}"):
            data[f"decision-{line.pk}"] = LineDecision.DELETE
    return data
