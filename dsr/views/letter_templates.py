"""The texts of letters, for the administrator: a list, a form with a preview, and the way back to the shipped text."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dsr.exceptions import ChangedMeanwhile, InvalidInput, RuleBroken
from dsr.forms.errors import point_to_first, put_on, status_of
from dsr.forms.letters import TemplateForm
from dsr.forms.seen import SEEN
from dsr.languages import LANGUAGES
from dsr.letters.placeholders import MEANINGS, REQUIRED, allowed
from dsr.models import LetterKind, LetterTemplate
from dsr.permissions import READS_CASES, Right, has_right
from dsr.selectors.letters import text_for
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.services import letter_templates
from dsr.views.guards import administrators


@administrators
def listed(request: StaffRequest) -> HttpResponse:
    """Every kind of letter in every language, and which of the texts are the organisation's own."""
    own = {(row.kind, row.language): row for row in LetterTemplate.objects.select_related("updated_by")}
    rows = [(kind, [(code, name, own.get((kind, code))) for code, name in LANGUAGES.items()]) for kind in LetterKind]
    return render(request, "letters/templates.html", {"rows": rows})


@administrators
def edit(request: StaffRequest, kind: str, language: str) -> HttpResponse:
    """Change one text, see how it reads, or go back to the shipped one."""
    if kind not in LetterKind.values or language not in LANGUAGES:
        raise Http404
    which: dict[str, Any] = {"kind": LetterKind(kind), "language": language}
    text = text_for(**which)
    form = TemplateForm(
        request.POST or None,
        language=language,
        initial={"heading": text.heading, "body": text.body},
        standing=letter_templates.standing(**which),
    )
    seen = request.POST.get(form.add_prefix(SEEN), "")
    changed = False
    if "restore" in request.POST:
        try:
            letter_templates.restore(actor=request.user, **which, seen=seen)
        except ChangedMeanwhile as error:
            put_on(form, error)
            changed = True
        else:
            messages.success(request, _("The shipped text is used again, from the next letter on."))
            return redirect("letter_template", kind, language)
    if not (set(READS_CASES) & roles_in(request) and has_right(request.user, Right.READ_CONTENTS)):
        del form.fields["case"]
    reads = None
    if request.method == "POST" and not changed and form.is_valid():
        data = form.cleaned_data
        given = {"actor": request.user, "heading": data["heading"], "body": data["body"], **which}
        try:
            if "show" in request.POST:
                reads = letter_templates.preview(**given, reference=data.get("case", ""))
            else:
                letter_templates.save(**given, seen=seen)
                messages.success(request, _("Saved. It is used from the next letter on."))
                return redirect("letter_templates")
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
    if form.errors:
        point_to_first(form)
    required = REQUIRED[which["kind"]]
    context = {
        **which,
        "form": form,
        "restores": changed,
        "text": text,
        "reads": reads,
        "reads_in": language,
        "language_name": LANGUAGES[language],
        "placeholders": [
            (f"{{{{ {name} }}}}", meaning, name in required)
            for name, meaning in MEANINGS.items()
            if name in allowed(which["kind"])
        ],
    }
    return render(request, "letters/template.html", context, status=status_of(form))
