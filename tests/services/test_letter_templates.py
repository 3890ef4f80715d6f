"""The organisation's own texts: by an administrator, checked, audited by digest, and back to the shipped one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from dsr.exceptions import InvalidInput, NotAllowed
from dsr.languages import LANGUAGES
from dsr.letters.shipped import shipped
from dsr.models import AuditEntry, Case, Connection, LetterKind, User
from dsr.permissions import Role
from dsr.selectors.letters import text_for
from dsr.services import letter_templates, retention
from tests.builders import file_case, make_user, record_processing, work
from tests.services.letter_cases import send

pytestmark = pytest.mark.django_db
K = LetterKind
OURS = {"heading": "Thanks", "body": "Hello {{ name }}, about {{ reference }}: we work on it until {{ due_on }}."}


@pytest.fixture
def case(officer: User, connection: Connection, administrator: User) -> Case:
    record_processing(connection, administrator)
    return file_case(officer, connection)


def test_it_is_used_from_the_next_letter_on_and_named_by_its_digest(
    case: Case, officer: User, administrator: User
) -> None:
    before = send(case, officer, K.ACKNOWLEDGEMENT)
    letter_templates.save(actor=administrator, kind=K.ACKNOWLEDGEMENT, language="en", **OURS)
    after = send(case, officer, K.ACKNOWLEDGEMENT)
    work()
    assert "Hello Linda Dare, about" in mail.outbox[1].body
    assert "Hello Linda Dare, about" not in mail.outbox[0].body
    old, new = shipped(K.ACKNOWLEDGEMENT, "en").digest, text_for(K.ACKNOWLEDGEMENT, "en").digest
    assert (before.template_digest, after.template_digest) == (old, new)
    entry = AuditEntry.objects.get(verb="letter_template_saved")
    assert entry.actor == administrator.staff_reference
    assert entry.facts == {"kind": "acknowledgement", "language": "en", "digest": new, "before": old}
    assert not text_for(K.ACKNOWLEDGEMENT, "de").is_own, "one language at a time"


def test_back_to_the_shipped_text(case: Case, administrator: User) -> None:
    letter_templates.save(actor=administrator, kind=K.ACKNOWLEDGEMENT, language="en", **OURS)
    letter_templates.restore(actor=administrator, kind=K.ACKNOWLEDGEMENT, language="en")
    assert text_for(K.ACKNOWLEDGEMENT, "en") == shipped(K.ACKNOWLEDGEMENT, "en")
    assert AuditEntry.objects.filter(verb="letter_template_restored").count() == 1


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        (K.REFUSAL, "reasons"),
        (K.REFUSAL, "complaint"),
        (K.REFUSAL, "remedy"),
        (K.EXTENSION, "reasons"),
        (K.EXTENSION, "new_date"),
        (K.COMPLETION, "complaint"),
        (K.NOTHING_FOUND, "account"),
        (K.RECIPIENT, "identifiers"),
    ],
)
def test_no_text_is_saved_without_what_the_law_asks_for(administrator: User, kind: K, lost: str) -> None:
    text = shipped(kind, "fr")
    body = text.body.replace(f"{{{{ {lost} }}}}", "")
    with pytest.raises(InvalidInput, match=lost):
        letter_templates.save(actor=administrator, kind=kind, language="fr", heading=text.heading, body=body)
    assert not text_for(kind, "fr").is_own
    assert not AuditEntry.objects.exists()


def test_only_an_administrator(officer: User, approver: User, auditor: User) -> None:
    for person in (officer, approver, auditor):
        for act in (letter_templates.save, letter_templates.preview):
            with pytest.raises(NotAllowed):
                act(actor=person, kind=K.ACKNOWLEDGEMENT, language="en", **OURS)
        with pytest.raises(NotAllowed):
            letter_templates.restore(actor=person, kind=K.ACKNOWLEDGEMENT, language="en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", K)
def test_every_text_can_be_looked_at_with_invented_data(administrator: User, kind: K, language: str) -> None:
    text = shipped(kind, language)
    seen = letter_templates.preview(
        actor=administrator, kind=kind, language=language, heading=text.heading, body=text.body
    )
    assert "{{" not in seen.heading + seen.body
    assert "DSR-2026-000142" in seen.body


def test_a_real_case_is_shown_only_to_whoever_may_read_it(case: Case, administrator: User) -> None:
    given: dict[str, Any] = {"kind": K.ACKNOWLEDGEMENT, "language": "en", **OURS}
    with pytest.raises(NotAllowed, match="role"):
        letter_templates.preview(actor=administrator, reference=case.reference, **given)
    both = make_user("both@example.com", "Both", Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
    seen = letter_templates.preview(actor=both, reference=f" {case.reference} ", **given)
    assert f"about {case.reference}" in seen.body
    refusal = shipped(K.REFUSAL, "en")
    seen = letter_templates.preview(
        actor=both, reference=case.reference, kind=K.REFUSAL, language="en", heading="x", body=refusal.body
    )
    assert "Manifestly unfounded" in seen.body, "what the case hasn't got yet is invented"
    for nowhere in ("DSR-2026-999999", "linda.dare@example.com"):
        with pytest.raises(InvalidInput):
            letter_templates.preview(actor=both, reference=nowhere, **given)
    retention.purge(case=case, ordered_by_ledger=True)
    with pytest.raises(InvalidInput, match="destroyed"):
        letter_templates.preview(actor=both, reference=case.reference, **given)
