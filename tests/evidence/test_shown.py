"""Masks, moments and sizes."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from dsr.evidence.masking import mask
from dsr.evidence.shown import day, moment, octets, quads


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("email", "linda@example.com", "l•••@e•••.com"),
        ("email", " linda.dare@mail.example.co.uk ", "l•••@m•••.uk"),
        ("email", "ab@xy.de", "•••@•••.de"),
        ("email", '"<b>@"@example.com', "•••@e•••.com"),
        ("email", "linda@[192.0.2.7]", "l•••@•••"),
        ("email", "no address", "•••"),
        ("email", "", "•••"),
        ("external_id", "cust-4711", "c•••"),
        ("external_id", "7", "•••"),
        ("external_id", "linda@example.com", "l•••@e•••.com"),
        ("name", "\u202eLinda", "•••"),
    ],
)
def test_a_mask_leaves_one_letter_of_each_part_at_most(kind: str, value: str, masked: str) -> None:
    assert mask(kind, value) == masked


def test_days_are_written_out_in_the_language_of_the_document() -> None:
    with translation.override("en"):
        assert day(date(2026, 11, 3)) == "3 November 2026"
    with translation.override("de"):
        assert "November 2026" in day(date(2026, 11, 3))


def test_a_moment_names_its_zone_and_text_stays_as_it_came() -> None:
    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert moment(at, "Europe/Berlin") == '2 July 2026, <span class="time">00:30 CEST</span>'
    assert "01:30 UTC+03" in moment(at, "Europe/Istanbul")
    assert moment("<b>yesterday</b>", "UTC") == "<b>yesterday</b>"
    assert not hasattr(moment("<b>yesterday</b>", "UTC"), "__html__"), "it is still to be escaped"
    assert moment(None, "UTC") == ""
    assert moment(datetime.max.replace(tzinfo=UTC), "Asia/Tokyo").startswith("9999-12-31")


def test_sizes_and_digests_are_readable() -> None:
    assert [octets(size) for size in (1, 999, 48_112, 3_240_000)] == [
        "1 byte",
        "999 bytes",
        "48 KB",
        "3.2 MB",
    ]
    assert quads("0123456789abcdef") == "01234567 89abcdef"
