"""The machine-readable part: by its schema, and with nothing that came missing or changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dsr.exports import ContactExport
from dsr.exports import answer as reading
from dsr.exports.answer import read_answer
from dsr.exports.data import write_access_data
from dsr.exports.redaction import Redaction, places, reasons, redacted
from tests.exports.cast import a_header, answered, came, events, hostile, linda, whole

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/access-data-1.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def written(*contacts: ContactExport, redactions: tuple[Redaction, ...] = ()) -> Any:
    answers = [read_answer(contact, raw_name="data.json") for contact in contacts]
    pieces = write_access_data(
        header=a_header(),
        answers=[redacted(answer, redactions) for answer in answers],
        left_out=list(zip(reasons(redactions), places(answers, redactions), strict=True)),
    )
    document = json.loads(b"".join(pieces), parse_constant=refuse)
    VALIDATOR.validate(document)
    return document


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_everything_of_linda_stands_in_its_place() -> None:
    data = json.loads(whole(linda()))["data"]
    document = written(linda())
    (contact,) = document["contacts"]
    lists = ("tags", "orders", "subscriptions", "events", "lists", "companies")
    for name in (*lists, "custom_fields"):
        assert contact[name] == data[name]
    rest = {key: value for key, value in data.items() if key not in (*lists, "custom_fields")}
    assert contact["fields"] == rest
    assert contact["orders"][0]["line_items"][2] == {"order_item_id": "3", "product_id": "999", "amount": -45}
    assert document["data_subject"]["identifiers"][0] == {"kind": "E-mail", "value": "linda.dare@example.com"}
    assert document["source"]["account_id"] == "a1b2c3"


def test_what_is_of_a_wrong_kind_is_kept_as_it_came() -> None:
    data = json.loads(whole(hostile()))["data"]
    (contact,) = written(hostile(contact_id="1004"))["contacts"]
    assert contact["fields"]["subscriptions"] == data["subscriptions"]
    assert contact["fields"]["lists"] is None
    assert contact["fields"]["last_name"] == data["last_name"]
    assert contact["orders"] == data["orders"]
    assert contact["events"] == data["events"]
    assert contact["beside"] == {"meta": {"page": 1}}


@pytest.mark.parametrize("raw", [b"<b>502</b>", b"", b"null", b'{"data": [1]}', b'{"data": {}'])
def test_an_answer_that_cannot_be_read_is_said_to_be_so(raw: bytes) -> None:
    (contact,) = written(came(raw))["contacts"]
    assert contact["readable"] is False
    assert contact["events"] == []


def test_what_is_no_json_and_what_is_too_long_comes_as_text() -> None:
    raw = b'{"data": {"a": NaN, "b": -Infinity, "c": 1e400, "d": ' + b"9" * 5_000 + b', "orders": [{"total": NaN}]}}'
    (contact,) = written(came(raw))["contacts"]
    assert contact["fields"] == {"a": "nan", "b": "-inf", "c": "inf", "d": "9" * 5_000}
    assert contact["orders"] == [{"total": "nan"}]


def test_long_lists_are_read_bit_by_bit_and_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    contact = answered({"events": events(700), "visits": events(700), "tags": [{"name": "a"}]})
    answer = read_answer(contact, raw_name="")
    assert {name: row.count for name, row in answer.long.items()} == {"events": 700, "visits": 700}
    assert set(answer.data) == {"tags"}
    long = written(contact)
    assert long["contacts"][0]["further_lists"] == {"visits": events(700)}
    monkeypatch.setattr(reading, "SHORT_LIST", 10_000_000)
    held = written(contact)
    assert held["contacts"][0]["events"] == long["contacts"][0]["events"] == events(700)


def test_of_a_list_that_came_twice_the_last_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SHORT_LIST", 10)
    raw = (
        b'{"data": {"events": [{"a": "xxxxxxxxxxxx"}, {"a": "yyyyyyyyyyyyy"}], "tags": [1], "events": [1], '
        b'"tags": ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbb"], "lists": ["cccccccccccccc", 1], "lists": 7}}'
    )
    (contact,) = written(came(raw))["contacts"]
    assert contact["events"] == [1]
    assert contact["tags"] == ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbb"]
    assert (contact["lists"], contact["fields"]["lists"]) == ([], 7)


def test_what_is_left_out_is_an_object_with_its_reason() -> None:
    whole_value = Redaction(path="custom_fields/notes", reason="about a colleague")
    text = Redaction(text="news.example.org", reason="another person's page")
    document = written(linda(), redactions=(whole_value, text))
    (contact,) = document["contacts"]
    assert contact["custom_fields"]["notes"] == {"redacted": "about a colleague"}
    assert contact["events"][5]["referrer"] == "https://[left out: another person's page]/"
    assert document["redactions"] == [
        {"reason": "about a colleague", "places": 1},
        {"reason": "another person's page", "places": 598},
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=15,
)
NAMES = st.sampled_from(["tags", "orders", "events", "custom_fields", "lists", "email", "visits"])


@given(data=st.dictionaries(NAMES, JSON, max_size=6))
def test_whatever_came_is_found_again(data: dict[str, Any]) -> None:
    contact = written(answered(data))["contacts"][0]
    back = {**contact["fields"], **contact["further_lists"]}
    for name in ("tags", "orders", "events", "lists"):
        if isinstance(data.get(name), list):
            back[name] = contact[name]
    if isinstance(data.get("custom_fields"), dict):
        back["custom_fields"] = contact["custom_fields"]
    assert back == json.loads(json.dumps(data), parse_int=reading._whole)
