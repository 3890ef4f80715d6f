"""The tables: nothing dropped, nothing that a spreadsheet would calculate."""

import csv
import io
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.env import PROJECT
from dsr.exports import as_json_text, as_table, read_entry
from dsr.exports.cells import cell, disarm, undo
from tests.exports.cast import FORMULA, answered, events, hostile, linda
from tests.exports.test_package import built


def table(name: str, *contacts: object) -> list[dict[str, str]]:
    package, _ = built(*contacts)  # type: ignore[arg-type]
    text = read_entry(package, f"tables/{name}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_opens_in_a_spreadsheet() -> None:
    package, _ = built(linda())
    data = read_entry(package, "tables/events.csv")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 601
    assert "Köln".encode() in data


def test_known_values_stand_in_their_tables() -> None:
    (contact,) = table("contacts", linda())
    assert contact["email"] == "linda.dare@example.com"
    assert contact["raw_answer"] == "raw/contact-1004.json"
    assert [row["name"] for row in table("tags", linda())] == ["Customer", "Newsletter"]
    (order,) = table("orders", linda())
    assert (order["total"], order["is_paid"]) == ("4500", "true")
    lines = table("line_items", linda())
    assert [line["order_id"] for line in lines] == ["234115"] * 3
    assert lines[2]["amount"] == "-45"
    assert table("custom_fields", linda())[1]["value"] == "first line\nsecond line"


def test_what_is_not_documented_becomes_a_column_and_nested_values_json() -> None:
    assert table("orders", linda())[0]["coupon"] == "SPRING"
    assert json.loads(table("contacts", linda())[0]["loyalty"]) == {"level": "gold"}
    assert table("subscriptions", linda())[0]["billing_cycle"] == "month"
    assert json.loads(table("events", linda())[0]["args"]) == {"a": 1, "b": [2, None]}


def test_values_of_a_wrong_kind_are_kept_as_they_came() -> None:
    (contact,) = table("contacts", hostile())
    assert json.loads(contact["subscriptions"]) == {"0": {"id": 1}}
    assert json.loads(contact["contact_id"]) == {"nested": [1, 2]}
    assert json.loads(contact["answer.meta"]) == {"page": 1}
    assert [row["value"] for row in table("tags", hostile())] == ["VIP", "", "7", "", ""]
    orders = table("orders", hostile())
    assert len(orders) == 3
    assert orders[1]["line_items"] == "none"
    assert [row["value"] for row in table("line_items", hostile())] == ["", "3", ""]


def test_rows_name_the_contact_that_was_asked_for() -> None:
    rows = table("tags", linda(), hostile(contact_id="2087"))
    assert {row["answered_for_contact"] for row in rows} == {"1004", "2087"}


def test_more_fields_than_fit_are_kept_in_one_column() -> None:
    contact = answered({"events": [{f"field {number}": number for number in range(300)}]})
    (row,) = table("events", contact)
    kept = {key for key, value in row.items() if key.startswith("field ") and value}
    rest = json.loads(row["further_fields"])
    assert len(kept) == 200
    assert len(rest) == 100
    assert kept | rest.keys() == {f"field {number}" for number in range(300)}


def test_no_cell_and_no_heading_is_a_formula() -> None:
    package, _ = built(linda(), hostile(contact_id="=1+1"))
    for name in ("contacts", "custom_fields", "tags", "orders", "line_items", "events"):
        text = read_entry(package, f"tables/{name}.csv").decode("utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline="")):
            for value in row:
                assert value in ("-45", "") or value.lstrip()[0] not in "=+-@＝＋－＠", value
    assert f"'{FORMULA}" in {row["first_name"] for row in table("contacts", hostile())}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\n'=1"),
        ("＝1", "'＝1"),
        ("\u200e=1", "'\u200e=1"),
        ("\u00a0-x", "'\u00a0-x"),
        ("a;=1", "a;'=1"),
        ("a\n+1", "a\n'+1"),
        ("+49 170", "'+49 170"),
        ("-45", "-45"),
        ("-4.5e3", "-4.5e3"),
        ("-1-1", "'-1-1"),
        (-45, "-45"),
        (4.25, "4.25"),
        (True, "true"),
        (None, ""),
        ({"a": "=1"}, '{"a": "=1"}'),
        ("a\x00b\u202ec\ud800", "a⟨U+0000⟩b⟨U+202E⟩c\ufffd"),
        ("plain; text - with = signs", "plain; text - with = signs"),
    ],
)
def test_a_cell_is_disarmed_and_a_number_stays_one(value: object, written: str) -> None:
    assert cell(value) == written


@given(st.text(alphabet="=+-@;\t\n \u200e\u0661a1\u00fc", max_size=12))
def test_what_was_disarmed_comes_back_as_it_was(text: str) -> None:
    assert undo(disarm(text)) == text


@pytest.mark.parametrize("text", ['"\\n" * 3_000_000 + "a"', '";\\n" * 1_500_000', '"\\n\'" * 1_500_000 + "a"'])
def test_a_cell_of_line_breaks_is_read_once(text: str) -> None:
    """Where each blank looked ahead to the end, millions of them took hours. In a process of its own, which can be
    ended."""
    program = f"from dsr.exports.cells import disarm, undo; undo(disarm({text}))"
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True, timeout=120)


def test_a_table_is_shown_with_its_first_rows_and_the_count_of_all() -> None:
    package, _ = built(linda())
    shown = as_table(io.BytesIO(read_entry(package, "tables/events.csv")))
    assert shown.columns[:2] == ("answered_for_contact", "type")
    assert (len(shown.rows), shown.total, shown.left_out) == (500, 600, 100)
    assert as_table(io.BytesIO(b"")).total == 0
    assert as_table(io.BytesIO(b'\xef\xbb\xbf"a"\r\n"' + b"x" * 300_000 + b'"\r\n')).total == 1


def test_json_is_shown_on_lines_and_other_bytes_as_text() -> None:
    assert as_json_text(io.BytesIO(b'{"a":{"b":"\xc3\xa4"}}')) == '{\n  "a": {\n    "b": "ä"\n  }\n}'
    assert as_json_text(io.BytesIO(b"<b>502\xff")) == "<b>502\ufffd"
    assert as_json_text(io.BytesIO(b"[1,2,3]"), limit=4) == "[\n  \n…"


def test_many_events_are_written_in_one_go() -> None:
    rows = table("events", answered({"events": events(5_000)}))
    assert len(rows) == 5_000
