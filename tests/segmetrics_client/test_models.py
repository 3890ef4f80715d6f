"""Reading is lenient, and drops nothing."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmetrics_client import Contact, Event, Extend, LineItem, Order, Subscription

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(set(Contact.model_fields) - {"contact_id"})


@given(fields=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), ODD, max_size=6))
def test_a_contact_with_an_id_is_always_read_and_kept_as_it_came(fields: dict[str, object]) -> None:
    came = fields | {"contact_id": "1"}
    contact = Contact.read(came)
    assert contact.raw == came
    _ = contact.full_name, contact.last_activity, contact.lead_source()
    unknown = set(came) - set(Contact.model_fields)
    assert unknown <= set(contact.model_extra or {})


def test_numbers_become_text_and_unknown_fields_stay() -> None:
    contact = Contact.read(
        {
            "contact_id": 1004,
            "first_name": 5,
            "new_field": {"deep": [1, 2]},
            "orders": [{"order_id": 26, "colour": "red", "line_items": [{"product_id": None, "size": "M"}]}],
        }
    )
    assert (contact.contact_id, contact.first_name) == ("1004", "5")
    assert contact.model_extra == {"new_field": {"deep": [1, 2]}}
    assert contact.orders[0].model_extra == {"colour": "red"}
    assert contact.orders[0].line_items[0].model_extra == {"size": "M"}
    assert json.loads(contact.model_dump_json())["new_field"] == {"deep": [1, 2]}


@pytest.mark.parametrize(
    ("came", "read"),
    [
        ("2021-12-18T19:07:50+00:00", datetime(2021, 12, 18, 19, 7, 50, tzinfo=UTC)),
        ("2021-12-18T19:07:50Z", datetime(2021, 12, 18, 19, 7, 50, tzinfo=UTC)),
        ("2021-12-18 19:07:50", datetime(2021, 12, 18, 19, 7, 50)),  # noqa: DTZ001 - that is what came
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00"),
        ("yesterday", "yesterday"),
        (1639854470, "1639854470"),
        ("20211218", "20211218"),
        ("", ""),
        (None, None),
    ],
)
def test_dates_that_cannot_be_read_stay_text(came: object, read: object) -> None:
    assert Event.model_validate({"date_created": came}).date_created == read


@pytest.mark.parametrize(
    ("came", "read"),
    [(4500, 4500), ("4500", 4500), (4500.0, 4500), ("-5", -5), (45.5, "45.5"), ("45.50", "45.50"), ("", "")],
)
def test_amounts_are_whole_cents_or_text(came: object, read: object) -> None:
    assert Order.model_validate({"total": came}).total == read


@pytest.mark.parametrize(
    ("came", "read"), [(1, True), ("0", False), (True, True), ("true", True), ("perhaps", "perhaps")]
)
def test_flags_in_all_their_forms(came: object, read: object) -> None:
    assert LineItem.model_validate({"is_paid": came}).is_paid == read


def test_what_php_makes_of_empty_things_and_gaps() -> None:
    contact = Contact.read(
        {
            "contact_id": "1",
            "custom_fields": [],
            "tags": None,
            "events": {"0": {"type": "a"}, "2": {"type": "b"}},
        }
    )
    assert (contact.custom_fields, contact.tags, [event.type for event in contact.events]) == (
        {},
        [],
        ["a", "b"],
    )


def test_half_a_surrogate_pair_does_not_stop_an_export() -> None:
    contact = Contact.read(json.loads('{"contact_id": "1", "first_name": "\\ud83e"}'))
    assert contact.full_name.encode()
    assert contact.model_dump_json()
    assert contact.raw["first_name"] == "\ud83e"


@pytest.mark.parametrize(
    ("came", "subscription_id"),
    [
        ({"subscription_id": 7, "id": 9}, "7"),
        ({"id": "9"}, "9"),
        ({"subscription_id": "", "id": 9}, "9"),
        ({}, None),
    ],
)
def test_the_id_of_a_subscription(came: dict[str, object], subscription_id: str | None) -> None:
    assert Subscription.model_validate(came).id == subscription_id


def test_last_activity_compares_dates_with_and_without_a_zone() -> None:
    contact = Contact.read(
        {
            "contact_id": "1",
            "date_created": "2030-01-01T00:00:00+00:00",
            "last_updated": "2024-05-01 12:00:00",
            "events": [{"date_created": "2024-05-01T13:30:00+02:00"}, {"date_created": "never"}],
            "orders": [{"date_created": "2024-05-01T12:00:01+00:00"}],
        }
    )
    assert contact.last_activity == datetime(2024, 5, 1, 12, 0, 1, tzinfo=UTC)
    assert Contact.read({"contact_id": "1", "date_created": "2030-01-01"}).last_activity == datetime(
        2030, 1, 1, tzinfo=UTC
    )
    assert Contact.read({"contact_id": "1"}).last_activity is None


def test_lead_source_ignores_events_without_one_and_unreadable_dates() -> None:
    offset = timezone(timedelta(hours=5))
    events = [
        {"date_created": "long ago", "channel": "unknown"},
        {
            "date_created": "2024-01-01T06:00:00+05:00",
            "utm_source": "fb",
            "utm_campaign": "Retargeting",
            "ad_id": 5,
        },
        {"date_created": "2024-01-01T02:00:00+00:00", "channel": "email"},
        {"date_created": "2023-01-01T00:00:00+00:00", "channel": "", "referrer": "x"},
    ]
    source = Contact.read({"contact_id": "1", "events": events}).lead_source()
    assert source is not None
    assert (source.label, source.ad_id, source.channel) == ("fb, Retargeting", "5", None)
    assert source.date_created == datetime(2024, 1, 1, 6, tzinfo=offset)
    only_undated = Contact.read({"contact_id": "1", "events": events[:1]}).lead_source()
    assert only_undated is not None
    assert only_undated.label == "unknown"


def test_models_are_frozen() -> None:
    contact = Contact.read({"contact_id": "1"})
    with pytest.raises(ValueError, match="frozen"):
        setattr(contact, "email", "else@example.com")  # noqa: B010 - mypy knows better than to allow it


def test_extend_in_the_words_of_the_service() -> None:
    assert Extend.NONE.params() == {}
    assert (Extend.ORDERS | Extend.EVENTS).params() == {"extend": "events,orders"}
    assert Extend.ALL.params() == {"extend": "events,tags,orders,subscriptions,lists,companies"}
