"""An access package from its making to its hand-over by a link: what is left out is in nothing that the person gets."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pypdfium2
import pytest
from django.test import Client

from dsr import audit, storage
from dsr.models import Case, Connection, User
from dsr.selectors.timeline import story_of
from dsr.services import closing, handover_links, packaging, redactions
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, prepared, work

pytestmark = pytest.mark.django_db

OTHER = "tom.agent@example.com"
REASON = "contact data of an employee"


@pytest.fixture
def ready(sandbox: Sandbox, connection: Connection, officer: User) -> Case:
    sandbox.remove("contact", "1004")
    sandbox.add_contact(
        contact_id="1004",
        email="linda.dare@example.com",
        first_name="Linda",
        last_name="Dare",
        custom_fields={"agent": OTHER, "shoe_size": "38"},
        events=[
            {
                "type": "visit",
                "date_created": "2021-01-01 10:00:00",
                "full_url": "https://example.com/?by=Tom.Agent%40example.com",
            }
        ],
    )
    return prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)


def everything(content: bytes) -> str:
    """All that stands in the package, its PDFs read as text."""
    said = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        for name in package.namelist():
            data = package.read(name)
            if name.endswith(".pdf"):
                with pypdfium2.PdfDocument(data) as pdf:
                    data = "".join(page.get_textpage().get_text_range() for page in pdf).encode()
            said.append(data.decode("utf-8-sig"))
    return "\n".join(said)


def fetched(made: handover_links.Made) -> bytes:
    answer: Any = Client().post(f"/package/{made.token}/", {"code": made.code})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_what_is_left_out_is_in_nothing_that_the_person_gets(ready: Case, officer: User) -> None:
    first = handover_links.create(case=ready, actor=officer, days=14)
    assert OTHER in everything(fetched(first))

    redactions.add_redaction(case=ready, actor=officer, text=OTHER, reason=REASON)
    work()

    assert handover_links.open_by(token=first.token, code=first.code) is None
    second = handover_links.create(case=ready, actor=officer, days=14)
    said = everything(fetched(second))
    for word in (OTHER, "tom.agent", "Tom.Agent%40"):
        assert word.lower() not in said.lower()
    assert "linda.dare@example.com" in said
    assert "38" in said
    assert said.count(REASON) >= 2, "the reason is told, in the letter and where something is missing"

    plan = ready.current_plan
    assert plan
    assert plan.export
    assert OTHER in zipfile.ZipFile(io.BytesIO(storage.read(plan.export))).read("raw/contact-1004.json").decode()

    closing.hand_over(case=ready, actor=officer, how="by the link")
    assert everything(fetched(second)) == said
    story = [event.what for event in story_of(ready)]
    assert story[0] == "Package sent in full by the link (download 2)"
    assert audit.verify() is None


def test_taken_back_it_is_there_again(ready: Case, officer: User) -> None:
    row = redactions.add_redaction(case=ready, actor=officer, path="custom_fields/agent", reason=REASON)
    work()
    without = packaging.current(ready)
    assert without
    with zipfile.ZipFile(io.BytesIO(storage.read(without))) as package:
        (contact,) = json.loads(package.read("data/data.json"))["contacts"]
    assert OTHER not in json.dumps(contact)

    redactions.remove_redaction(redaction=row, actor=officer)
    assert packaging.current(ready) is None
    work()

    made = handover_links.create(case=ready, actor=officer, days=1)
    assert OTHER in everything(fetched(made))


def test_a_change_in_the_middle_of_the_making_is_in_the_package(
    ready: Case, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = packaging.write

    def and_meanwhile(*arguments: Any, **options: Any) -> Any:
        made = write(*arguments, **options)
        monkeypatch.setattr(packaging, "write", write)
        redactions.add_redaction(case=ready, actor=officer, text=OTHER, reason=REASON)
        return made

    monkeypatch.setattr(packaging, "write", and_meanwhile)
    redactions.add_redaction(case=ready, actor=officer, path="custom_fields/shoe_size", reason="another's size")
    work()

    made = handover_links.create(case=ready, actor=officer, days=1)
    said = everything(fetched(made)).lower()
    assert OTHER not in said
    assert "another's size" in said


def test_a_package_that_was_noted_while_its_errand_still_runs_is_made_anew_all_the_same(
    ready: Case, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change comes between the last write of the making and the errand's end: it must not be lost."""
    destroy = packaging.destroy_replaced

    def and_meanwhile(case: Case) -> None:
        destroy(case)
        monkeypatch.setattr(packaging, "destroy_replaced", destroy)
        redactions.add_redaction(case=ready, actor=officer, text=OTHER, reason=REASON)

    monkeypatch.setattr(packaging, "destroy_replaced", and_meanwhile)
    redactions.add_redaction(case=ready, actor=officer, path="custom_fields/shoe_size", reason="another's size")
    work()

    assert OTHER not in everything(fetched(handover_links.create(case=ready, actor=officer, days=1))).lower()
