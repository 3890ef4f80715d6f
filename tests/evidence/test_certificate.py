"""What the certificate says, and what it must not."""

import dataclasses
import re
from datetime import UTC, datetime

from dsr.evidence.drawing import draw_certificate
from dsr.evidence.records import Drawn
from tests.evidence.cast import DIGEST, a_certificate, a_hand_over
from tests.evidence.reading import pages_of, text_of


def test_it_says_what_was_deleted_kept_and_looked_up_again(certificate: Drawn) -> None:
    text = text_of(certificate)
    for words in (
        "Certificate on an erasure request",
        "Erased in part",
        "E-mail l•••@e•••.com 5b1e 09c4 77aa 3f20",
        "Invoice 234115 Webshop (int9) deleted 24 November 2026, 12:04 CET attempt 1",
        "Subscription 7712 Webshop (int9) already gone when we came",
        "attempt 2, begun 24 November 2026, 12:05 CET",
        "Invoice 234116 Webshop (int9) Art. 17(3)(b): a legal obligation",
        "Contact 2087 answered, which this case has ruled out.",
        "it may hide another contact",
        "Approved by Approver, staff reference U-0005",
        "to be destroyed on 24 December 2026",
        "Audit log, entry 1284",
    ):
        assert words in text
    assert DIGEST in text.replace(" ", "")


def test_it_names_what_was_merged_into_the_request_by_reference_alone() -> None:
    merged = draw_certificate(a_certificate(merged_requests=("DSR-2026-000150", "DSR-2026-000151")))

    assert "Merged into it DSR-2026-000150, DSR-2026-000151 Account" in text_of(merged)
    assert "Merged into it" not in text_of(draw_certificate(a_certificate()))


def test_it_claims_no_more_than_is_true(certificate: Drawn) -> None:
    text = text_of(certificate)
    assert "tamper-evident" in text
    assert not re.search(r"tamper-proof|compliant|guarantee|irreversibl|all data", text, re.IGNORECASE)
    assert "expire on a rolling 30 days. Until about 24 December 2026 they may still hold" in text
    assert "account a1b2c3 alone, not of other systems" in text
    assert "may import the person again" in text


def test_it_holds_no_name_and_no_address(certificate: Drawn) -> None:
    text = text_of(certificate)
    for personal in ("Linda", "Dare", "linda.dare", "example.com", "cust-4711", "Anna", "Tom"):
        assert personal not in text


def test_where_nothing_was_deleted_it_says_so_and_speaks_of_no_backups() -> None:
    record = a_certificate(
        outcome="No data held",
        outcome_sentence="No data was found in the SegMetrics account a1b2c3.",
        deleted=(),
        kept=(),
        ruled_out=(),
        inconclusive=(),
        approved_by_reference="",
        approved_at=None,
        plan_fingerprint="",
        export_sha256="",
        export_destroy_on=None,
    )
    text = text_of(draw_certificate(record))
    assert "Nothing was deleted." in text
    assert "no approval was needed: nothing was deleted" in text
    assert "backups" not in text
    assert "What was kept" not in text


def test_each_of_its_pages_bears_reference_and_number_and_it_is_drawn_alike_twice(certificate: Drawn) -> None:
    pages = pages_of(certificate)
    assert certificate.pages == len(pages) == 2
    for number, page in enumerate(pages, start=1):
        assert "DSR-2026-000142" in page
        assert f"Page {number} / 2" in page
    assert draw_certificate(a_certificate()).pdf == certificate.pdf


def test_the_end_of_the_backups_is_a_day_of_the_controllers_zone() -> None:
    record = a_certificate()
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    steps = tuple(dataclasses.replace(step, done_at=late) for step in record.deleted)
    text = text_of(draw_certificate(dataclasses.replace(record, deleted=steps, time_zone="Europe/Berlin")))
    assert "Until about 25 December 2026" in text


def test_one_on_a_hand_over_speaks_of_no_deletion_no_change_and_no_approval() -> None:
    text = text_of(draw_certificate(a_hand_over()))
    for words in ("Certificate on an access request", "Visits and other events, each with all its details: 214"):
        assert words in text
    assert not re.search(r"deleted|backups|approv|was changed and read|“changed”", text, re.IGNORECASE)
