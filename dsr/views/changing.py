"""The review of a request that changes contacts: save it, or save it and have everything prepared."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput
from dsr.forms.changes import ChangesForm
from dsr.selectors.staff import StaffRequest
from dsr.services import changes, preparation
from dsr.views.acts import Data, act
from dsr.views.guards import case_or_404, officers, posted


@posted
@officers
def save(request: StaffRequest, reference: str) -> HttpResponse:
    """One form; its button says, in `then`, whether to save, or to save and prepare."""
    case = case_or_404(reference)
    plan = case.current_plan
    if plan is None or not case.is_change or case.is_purged:
        return redirect("case", reference)
    plan.case = case
    form = ChangesForm(request.POST, plan=plan)
    then = request.POST.get("then", "")

    def do(data: Data) -> None:
        wanted = {pk: changes.Wanted(**chosen) for pk, chosen in form.wanted().items()}
        try:
            changes.save(
                case=case,
                actor=request.user,
                wanted=wanted,
                ground=data.get("ground", ""),
                weighed=data.get("weighed", ""),
                seen=data["seen"],
            )
        except InvalidInput as error:
            raise InvalidInput(str(error), field=form.field_of(error.field or "") or None) from None
        if then == "prepare":
            saved = case.current_plan
            form.saw(changes.standing(saved) if saved else {})  # it stands even if nothing can be prepared yet
            preparation.request(case=case, actor=request.user)

    done = _("The worker prepares the export and the evidence.") if then == "prepare" else _("Review saved.")
    return act(request, case, form=form, slot="changes", do=do, done=done)
