"""What a reader of the evidence notices."""

import hashlib
import re
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pypdfium2

from dsr.evidence.drawing import draw_evidence
from dsr.evidence.records import Drawn, Identifier, Lookup, MergedRequest
from tests.evidence.cast import DIGEST, MORNING, a_line, an_evidence
from tests.evidence.reading import pages_of, text_of


def test_it_says_who_asked_what_and_when_and_how_that_is_known(evidence: Drawn) -> None:
    text = text_of(evidence)
    for words in (
        "Evidence on an erasure request",
        "Meadow Courses Ltd",
        "About Linda Dare",
        "E-mail linda.dare@example.com",
        "External id cust-4711",
        "Received 3 November 2026, by e-mail",
        "Filed Anna Officer, 3 November 2026, 14:20 CET",
        "Answer due 3 December 2026 One month from 3 November 2026",
        "Original letter.pdf uploaded on 3 November 2026",
        "Confirmed by way of Signed letter",
        "The signature was compared with the order form of 2018.",
    ):
        assert words in text


def test_it_lists_what_was_merged_into_the_request_with_day_and_channel_and_no_more() -> None:
    other = MergedRequest(reference="DSR-2026-000150", received_on=date(2026, 11, 5), channel="Web form")
    merged = draw_evidence(an_evidence(merged_requests=(other,)))

    assert "Merged into it DSR-2026-000150 received on 5 November 2026, Web form Filed" in text_of(merged)
    assert "Merged into it" not in text_of(draw_evidence(an_evidence()))


def test_it_names_each_match_with_its_decision_and_reason(evidence: Drawn) -> None:
    text = text_of(evidence)
    assert "Linda Dare · contact 1004" in text
    assert "Decision Same person Reason Name, address and the order of 3 October 2018 agree" in text
    assert "Tom Dare · contact 2087" in text
    assert "Decision Other person Reason Different person, shared family address." in text
    assert "412 contacts, 2 with it." in text
    assert "External id cust-4711 24 November 2026, 09:34 CET nobody" in text


def test_it_lists_the_plan_with_its_ground_and_exemptions_and_the_export_with_its_digest(
    evidence: Drawn,
) -> None:
    text = text_of(evidence)
    assert "Ground of the erasure: Art. 17(1)(b)" in text
    assert "3 × Delete · 1 × Keep" in text
    assert "Spring course, 45.00, 3 October 2018" in text
    assert "Keep Art. 17(3)(b): a legal obligation" in text
    assert "DSR-2026-000142-export.zip, 48 KB" in text
    assert DIGEST in text.replace(" ", "")
    assert "Prepared by Anna Officer on 24 November 2026, 10:04 CET." in text
    assert "time zone Europe/Berlin" in text


def test_every_page_bears_the_reference_and_its_number(evidence: Drawn) -> None:
    pages = pages_of(evidence)
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert "DSR-2026-000142" in page
        assert f"Page {number} / {len(pages)}" in page
        assert "Confidential: this document holds personal data" in page


def test_an_access_request_has_no_plan_and_no_word_of_deleting() -> None:
    record = an_evidence(kind="access", ground=None, plan_lines=())
    text = text_of(draw_evidence(record))
    assert "Evidence on an access request" in text
    assert "Access to their data, Art. 15 GDPR" in text
    assert "What is to be deleted" not in text
    assert "Ground of the erasure" not in text


def test_a_demonstration_says_so_on_each_page() -> None:
    for page in pages_of(draw_evidence(an_evidence(is_demo=True))):
        assert "Demonstration: invented people" in page


def test_where_nothing_was_found_it_names_the_account_and_claims_no_more() -> None:
    text = text_of(draw_evidence(an_evidence(matches=(), plan_lines=())))
    assert "No contact of the account a1b2c3 answered to any of the identifiers." in text
    assert "Nothing is to be deleted." in text


def test_at_most_500_rows_are_printed_and_the_rest_is_counted() -> None:
    lines = tuple(a_line(object_id=f"inv-{number}") for number in range(530))
    drawn = draw_evidence(an_evidence(plan_lines=lines))
    text = text_of(drawn)
    assert "530 × Delete" in text
    assert "inv-499" in text
    assert "inv-500" not in text
    assert "The first 500 of 530 rows are printed here." in text
    assert "Object Id Integration What it is Decision" in pages_of(drawn)[5], "the header repeats"


def test_equal_records_give_equal_bytes_and_another_record_others(evidence: Drawn) -> None:
    assert draw_evidence(an_evidence()).pdf == evidence.pdf
    assert evidence.sha256 == hashlib.sha256(evidence.pdf).hexdigest()
    other = draw_evidence(replace(an_evidence(), filed_by="Another Officer"))
    assert other.sha256 != evidence.sha256


def test_an_identifier_that_several_contacts_answer_to_shows_them_all() -> None:
    record = an_evidence(
        identifiers=(Identifier(kind="E-mail", value="a@example.com"),),
        lookups=(Lookup(kind="E-mail", value="a@example.com", looked_up_at=MORNING, answered_by=("1", "2", "3")),),
    )
    assert "contacts 1, 2, 3" in text_of(draw_evidence(record))


def test_the_file_declares_its_kind_its_title_and_its_author(evidence: Drawn) -> None:
    pdf = evidence.pdf
    with pypdfium2.PdfDocument(pdf) as document:
        about = document.get_metadata_dict()
        assert document.is_tagged()
    assert about["Title"] == "Evidence on an erasure request · DSR-2026-000142"
    assert about["Author"] == "Meadow Courses Ltd"
    assert about["CreationDate"].startswith("D:20261124090400")
    unpacked = _unpacked(pdf)
    assert b'pdfaid:part="3" pdfaid:conformance="U"' in unpacked
    assert b"/Lang (en)" in unpacked


def _unpacked(pdf: bytes) -> bytes:
    """What stands in the compressed streams of a PDF."""
    parts = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            parts.append(zlib.decompress(found.group(1)))
    return b"\n".join(parts)
