"""Two people at one form: the second is refused, sees both versions, loses nothing, and may save theirs knowingly."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dsr.demo.records import RECORDS
from dsr.exceptions import ChangedMeanwhile
from dsr.models import (
    AuditEntry,
    Candidate,
    Case,
    Change,
    Connection,
    LetterKind,
    LetterTemplate,
    ProcessingRecord,
    Recipient,
    Safeguards,
    User,
)
from dsr.permissions import Role
from dsr.selectors.letters import text_for
from dsr.services import connections, identity, letter_templates, processing, recipients, review, seen, webhooks
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, make_user, reviewed, save_review
from tests.marks import mark_in
from tests.services.letter_cases import erased
from tests.views.conftest import SignIn


@pytest.fixture
def anna(officer: User, sign_in: SignIn) -> Client:
    return sign_in(officer)


@pytest.fixture
def otto(second_officer: User, sign_in: SignIn) -> Client:
    return sign_in(second_officer)


@pytest.fixture
def maxim(administrator: User, sign_in: SignIn) -> Client:
    return sign_in(administrator)


@pytest.fixture
def mia(second_administrator: User, sign_in: SignIn) -> Client:
    return sign_in(second_administrator)


def read(browser: Client, address: str) -> str:
    return browser.get(address).content.decode()


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


class Both:
    """What two people send to one target, each having read the page before either saved."""

    def __init__(self, first: Client, second: Client, page: str, target: str = "") -> None:
        self.second, self.target, self.action = second, target or page, target
        marks = [mark_in(read(browser, page), target) for browser in (first, second)]
        assert marks[0] == marks[1], "they saw the same"
        self.first, self.mark = first, marks[0]

    def save(self, one: dict[str, Any], other: dict[str, Any]) -> str:
        """The first is saved; the second is refused with the page that comes back."""
        answer = self.first.post(self.target, {**one, "seen": self.mark})
        assert answer.status_code == 302, words_of(answer.content.decode())
        return self.again(other, self.mark)

    def again(self, other: dict[str, Any], mark: str) -> str:
        answer = self.second.post(self.target, {**other, "seen": mark})
        page = answer.content.decode()
        assert answer.status_code in {409, 422}, "the second is refused"
        assert 'id="meanwhile"' in page
        assert "Save mine over it" in page
        return page

    def knowingly(self, page: str, other: dict[str, Any]) -> None:
        """With the mark of what stands now, which the refusal showed, it is saved."""
        assert mark_in(page, self.action) != self.mark
        answer = self.second.post(self.target, {**other, "seen": mark_in(page, self.action)})
        assert answer.status_code == 302, words_of(answer.content.decode())


def test_a_decision_on_a_contact(anna: Client, otto: Client, matching_case: Case) -> None:
    linda = Candidate.objects.get(case=matching_case, contact_id="1004")
    address = f"/cases/{matching_case.reference}/"
    both = Both(anna, otto, address, f"{address}contacts/{linda.pk}/decide/")
    mine = {"decision": "other_person", "reason": "her sister"}

    page = both.save({"decision": "same_person", "reason": "order number fits"}, mine)

    assert "Anna Officer changed this at" in page
    assert "Is this the person who asked? Same person Other person" in words_of(page)
    assert "Why order number fits her sister" in words_of(page)
    assert 'value="her sister"' in page, "what was typed stands in the form"
    linda.refresh_from_db()
    assert (linda.decision, linda.reason) == ("same_person", "order number fits")
    both.knowingly(page, mine)
    linda.refresh_from_db()
    assert (linda.decision, linda.reason) == ("other_person", "her sister")


def test_the_same_decision_twice_loses_nothing(anna: Client, otto: Client, matching_case: Case) -> None:
    linda = Candidate.objects.get(case=matching_case, contact_id="1004")
    said = {"decision": "same_person", "reason": "order number fits"}
    for browser in (anna, otto):
        answer = browser.post(f"/cases/{matching_case.reference}/contacts/{linda.pk}/decide/", said)
        assert answer.status_code == 302


def test_a_form_without_a_mark_writes_over_nothing(anna: Client, otto: Client, matching_case: Case) -> None:
    linda = Candidate.objects.get(case=matching_case, contact_id="1004")
    target = f"/cases/{matching_case.reference}/contacts/{linda.pk}/decide/"
    assert anna.post(target, {"decision": "same_person", "reason": "fits"}).status_code == 302

    assert otto.post(target, {"decision": "other_person", "reason": "no"}).status_code == 409


def test_the_choices_of_the_review(
    anna: Client, otto: Client, officer: User, second_officer: User, connection: Connection
) -> None:
    case = reviewed(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan
    lines = {line.object_id: line.pk for line in plan.lines.all()}
    address = f"/cases/{case.reference}/"
    both = Both(anna, otto, address, f"{address}review/save/")
    hers = {"ground": "17(1)(a)", **{f"decision-{pk}": "delete" for pk in lines.values()}}
    keeps = {
        f"decision-{lines['234115']}": "keep",
        f"exemption-{lines['234115']}": "17(3)(b)",
        f"reason-{lines['234115']}": "tax records",
    }

    page = both.save(hers | keeps, hers | {"then": "prepare"})

    words = words_of(page)
    assert "Anna Officer changed this at" in words
    assert "Decision on Invoice 234115 Keep Delete" in words
    assert "Reason for Invoice 234115 tax records —" in words
    case.refresh_from_db()
    assert case.state == "review", "nothing was prepared of it"
    assert plan.lines.get(object_id="234115").decision == "keep"
    both.knowingly(page, hers)
    assert plan.lines.get(object_id="234115").decision == "delete"


def test_the_choices_of_what_is_changed(anna: Client, otto: Client, officer: User, connection: Connection) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    pk = case.candidates.get(contact_id="1004").pk
    address = f"/cases/{case.reference}/"
    both = Both(anna, otto, address, f"{address}review/changes/")
    stays = {f"last_name-{pk}": "Dare", f"email-{pk}": "linda.dare@example.com", f"first_name-{pk}": "Linda"}
    hers = stays | {f"first_name-{pk}": "Lynda"}
    his = stays | {f"new_name-{pk}": "City", f"new_value-{pk}": "Bonn"}
    nothing_yet = both.first.post(both.target, {**hers, "seen": both.mark})
    assert nothing_yet.status_code == 302

    page = both.again(his | {"then": "prepare"}, both.mark)

    words = words_of(page)
    assert "Anna Officer changed this at" in words
    assert "New value of First name Lynda —" in words
    assert "City — Bonn" in words
    case.refresh_from_db()
    assert case.state == "review", "nothing was prepared of it"
    assert [row.field for row in Change.objects.all()] == ["first_name"]
    both.knowingly(page, his)
    assert [row.field for row in Change.objects.all()] == ["custom:City"]


def test_what_one_saved_oneself_is_no_surprise(anna: Client, officer: User, connection: Connection) -> None:
    """It was saved, but could not be prepared yet: the same form is sent again, mended."""
    case = reviewed(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan
    target = f"/cases/{case.reference}/review/save/"
    kept = {"ground": "17(1)(a)", "then": "prepare", "seen": mark_in(read(anna, f"/cases/{case.reference}/"), target)}
    for line in plan.lines.all():
        kept |= {f"decision-{line.pk}": "keep", f"exemption-{line.pk}": "17(3)(b)", f"reason-{line.pk}": "tax"}
    page = anna.post(target, kept).content.decode()
    assert "Nothing would be deleted" in page

    mended = kept | {f"decision-{line.pk}": "delete" for line in plan.lines.all()} | {"seen": mark_in(page, target)}
    assert anna.post(target, mended).status_code == 302
    case.refresh_from_db()
    assert case.state == "preparing"


def test_the_identity(anna: Client, otto: Client, officer: User, matching_case: Case) -> None:
    address = f"/cases/{matching_case.reference}/"
    both = Both(anna, otto, address, f"{address}identity/confirm/")
    mine = {"method": "reply", "note": "answered us"}

    page = both.save({"method": "signed_letter", "note": "compared the signature"}, mine)

    assert "compared the signature" in page
    assert "answered us" in page
    both.knowingly(page, mine)
    matching_case.refresh_from_db()
    assert (matching_case.identity_method, matching_case.identity_note) == ("reply", "answered us")
    assert AuditEntry.objects.filter(verb="identity_confirmed").count() == 2


def test_the_language(anna: Client, otto: Client, matching_case: Case) -> None:
    address = f"/cases/{matching_case.reference}/"
    both = Both(anna, otto, address, f"{address}language/")

    page = both.save({"language": "de"}, {"language": "fr"})

    assert "Language of the documents Deutsch Français" in words_of(page)
    both.knowingly(page, {"language": "fr"})


def test_who_looks_after_it(
    anna: Client, otto: Client, officer: User, second_officer: User, matching_case: Case
) -> None:
    address = f"/cases/{matching_case.reference}/"
    both = Both(anna, otto, address, f"{address}assign/")

    page = both.save({"officer": officer.pk}, {"officer": second_officer.pk})

    assert "Give to Anna Officer Otto Officer" in words_of(page)
    both.knowingly(page, {"officer": second_officer.pk})
    matching_case.refresh_from_db()
    assert matching_case.assigned_to == second_officer


def test_what_a_recipient_answered(
    anna: Client, otto: Client, officer: User, approver: User, connection: Connection, administrator: User
) -> None:
    Recipient.objects.create(connection=connection, name="Mailing House", email="p@mailing.example.org")
    case = erased(officer, approver, connection)
    notice = case.recipient_notices.select_related("case").get()
    today = timezone.localdate()
    recipients.note_told(notice=notice, actor=officer, on=today)
    day = str(today)
    address = f"/cases/{case.reference}/"
    both = Both(anna, otto, address, f"{address}recipients/{notice.pk}/answer/")
    mine = {"on": day, "answer": "They never had it."}

    page = both.save({"on": day, "answer": "All deleted."}, mine)

    assert "What they answered All deleted. They never had it." in words_of(page)
    both.knowingly(page, mine)
    notice.refresh_from_db()
    assert notice.answer == "They never had it."


@pytest.fixture
def template(administrator: User) -> dict[str, str]:
    shown = text_for(LetterKind.ACKNOWLEDGEMENT, "en")
    letter_templates.save(
        actor=administrator,
        kind=LetterKind.ACKNOWLEDGEMENT,
        language="en",
        heading="Ours",
        body=shown.body,
    )
    return {"heading": "Ours", "body": shown.body}


def test_a_text_of_letters(maxim: Client, mia: Client, template: dict[str, str]) -> None:
    both = Both(maxim, mia, "/letters/acknowledgement/en/")
    mine = {**template, "heading": "Mine", "save": ""}

    page = both.save({**template, "heading": "Theirs", "save": ""}, mine)

    assert "Heading Theirs Mine" in words_of(page)
    both.knowingly(page, mine)
    assert LetterTemplate.objects.get().heading == "Mine"


def test_the_shipped_text_is_not_put_back_over_what_was_written_meanwhile(
    maxim: Client, mia: Client, template: dict[str, str]
) -> None:
    both = Both(maxim, mia, "/letters/acknowledgement/en/")
    mine = {**template, "restore": ""}

    page = both.save({**template, "heading": "Theirs", "save": ""}, mine)

    assert '<button name="restore">Save mine over it' in page
    assert LetterTemplate.objects.get().heading == "Theirs"
    both.knowingly(page, mine)
    assert not LetterTemplate.objects.exists()


def test_what_is_told_about_the_processing(
    maxim: Client, mia: Client, administrator: User, connection: Connection
) -> None:
    both = Both(maxim, mia, f"/admin/dsr/connection/{connection.pk}/record/en/")
    mine = RECORDS["en"] | {"purposes": "Mine"}

    page = both.save(RECORDS["en"] | {"purposes": "Theirs"}, mine)

    assert "Max Admin changed this at" in page
    assert "Purposes Theirs Mine" in words_of(page)
    both.knowingly(page, mine)
    assert ProcessingRecord.objects.get().purposes == "Mine"


def test_a_recipient_of_the_connection(maxim: Client, mia: Client, connection: Connection) -> None:
    row = Recipient.objects.create(connection=connection, name="Mailing House", address="1 Way")
    both = Both(maxim, mia, f"/admin/dsr/connection/{connection.pk}/recipients/{row.pk}/")
    fields = {"name": "Mailing House", "what": "", "email": "", "address": "1 Way", "language": "en"}

    page = both.save(fields | {"address": "2 Way", "is_active": "on"}, fields | {"address": "3 Way"})

    words = words_of(page)
    assert "Postal address 2 Way 3 Way" in words
    assert "In use Yes No" in words
    both.knowingly(page, fields | {"address": "3 Way"})
    row.refresh_from_db()
    assert (row.address, row.is_active) == ("3 Way", False)


def fields_of(connection: Connection, **changes: str) -> dict[str, object]:
    row = connection.integrations.get()
    names = (
        *("name", "environment", "contact", "account_id", "read_url", "import_url"),
        *("rate_per_minute", "report_days", "report_pages"),
    )
    return {
        **{name: getattr(connection, name) for name in names},
        "is_active": "on",
        "integrations-TOTAL_FORMS": 1,
        "integrations-INITIAL_FORMS": 1,
        "integrations-0-id": row.pk,
        "integrations-0-integration_id": row.integration_id,
        "integrations-0-label": row.label,
        **changes,
    }


def test_a_connection(maxim: Client, mia: Client, connection: Connection) -> None:
    both = Both(maxim, mia, f"/admin/dsr/connection/{connection.pk}/change/")
    mine = fields_of(connection, name="Mine", **{"integrations-0-label": "Shop"})

    page = both.save(fields_of(connection, name="Theirs"), mine)

    words = words_of(page)
    assert "Name Theirs Mine" in words
    assert "Integrations Webshop (int9) Shop (int9)" in words
    both.knowingly(page, mine)
    connection.refresh_from_db()
    assert connection.name == "Mine"


def test_what_a_connection_may_do(maxim: Client, mia: Client, connection: Connection) -> None:
    address = f"/admin/dsr/connection/{connection.pk}"
    both = Both(maxim, mia, f"{address}/change/", f"{address}/grant/")
    mine = {"reads": ["get_contact"], "writes": ["upsert_contact"]}

    page = both.save({}, mine)

    words = words_of(page)
    assert "Max Admin changed this at" in words
    assert "Reading — Read a contact with its whole history" in words
    connection.refresh_from_db()
    assert connection.granted == [], "all was taken away, and isn't given back unseen"
    assert maxim.get(f"{address}/grant/")["Location"] == f"{address}/change/", "“Keep what stands” leads back"
    both.knowingly(page, mine)
    connection.refresh_from_db()
    assert connection.granted == ["get_contact", "upsert_contact"]


def test_the_roles_of_an_account(maxim: Client, mia: Client, db: None) -> None:
    person = make_user("nora@example.com", "Nora New", Role.PRIVACY_OFFICER, Role.AUDITOR)
    both = Both(maxim, mia, f"/admin/dsr/user/{person.pk}/change/")
    mine = {"roles": [Role.AUDITOR.value]}

    page = both.save({"roles": [Role.PRIVACY_OFFICER.value]}, mine)

    assert "Roles Privacy officer Auditor" in words_of(page)
    assert set(person.groups.values_list("name", flat=True)) == {Role.PRIVACY_OFFICER.value}


def test_the_levels_of_the_safeguards(maxim: Client, mia: Client, db: None) -> None:
    now = Safeguards.current()
    both = Both(maxim, mia, "/safeguards/")
    fields = {
        "cooling_off_minutes": now.cooling_off_minutes,
        "approvals_per_day": now.approvals_per_day,
        "mfa_roles": now.mfa_roles,
    }

    page = both.save(
        fields | {"cooling_off_minutes": now.cooling_off_minutes + 60},
        fields | {"approvals_per_day": now.approvals_per_day - 1},
    )

    assert (
        f"Minutes between approval and deletion {now.cooling_off_minutes + 60} {now.cooling_off_minutes}"
        in words_of(page)
    )
    assert Safeguards.current().approvals_per_day == now.approvals_per_day


def test_a_webhook(maxim: Client, mia: Client, administrator: User) -> None:
    webhook, _secret = webhooks.add(
        actor=administrator, name="Tickets", url="https://127.0.0.1:9/hook", events=["request.moved"]
    )
    both = Both(maxim, mia, f"/webhooks/{webhook.pk}/")
    fields = {"url": webhook.url, "events": webhook.events, "is_active": "on"}

    page = both.save(fields | {"name": "Theirs"}, fields | {"name": "Mine"})

    assert "Name Theirs Mine" in words_of(page)
    both.knowingly(page, fields | {"name": "Mine"})


def test_of_an_address_of_a_webhook_both_versions_are_shown_without_what_may_be_a_secret(
    maxim: Client, mia: Client, administrator: User
) -> None:
    webhook, _secret = webhooks.add(
        actor=administrator, name="Chat", url="https://127.0.0.1:9/hook", events=["request.moved"]
    )
    both = Both(maxim, mia, f"/webhooks/{webhook.pk}/")
    fields = {"name": "Chat", "events": webhook.events, "is_active": "on"}

    page = both.save(
        fields | {"url": "https://127.0.0.1:9/hook?key=theirs"}, fields | {"url": "https://127.0.0.1:9/h?key=mine"}
    )

    assert "Address https://127.0.0.1:9/hook… https://127.0.0.1:9/h…" in words_of(page)
    assert "theirs" not in page


def test_an_exception_holds_nothing_of_either_version() -> None:
    now, wanted = {"reason": "her sister"}, {"reason": "order number"}
    error = ChangedMeanwhile(by="", at=None, now=now, wanted=wanted, mark=seen.mark_of(now))

    assert str(error) == "changed meanwhile"


def test_where_nothing_stands_there_is_nothing_to_lose(officer: User, matching_case: Case) -> None:
    identity.confirm(case=matching_case, actor=officer, method="reply", seen="")


def test_whoever_writes_without_a_form_is_asked_for_no_mark(
    officer: User, second_officer: User, connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    case = reviewed(file_case(officer, connection), officer)
    save_review(case, officer)
    save_review(case, second_officer, id_234115=review.Choice("keep", "17(3)(b)", "tax"))
    for words in ("one", "two"):
        processing.save_record(connection=connection, actor=administrator, language="en", told={"purposes": words})
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=[("int9", "Shop")])
