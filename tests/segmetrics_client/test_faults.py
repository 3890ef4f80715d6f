"""Each fault of the sandbox, and what the client makes of it over a real connection."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from segmetrics_client import (
    BadRequest,
    ConnectionDropped,
    ContactNotFound,
    ContactUpdate,
    RateLimited,
    RetryPolicy,
    SegMetrics,
    ServerError,
    Timeout,
    Unauthorized,
    UnexpectedAnswer,
)
from segmetrics_client.sandbox.testing import Sandbox

ONCE = RetryPolicy(attempts=1)


@pytest.fixture
def linda(sandbox: Sandbox) -> Sandbox:
    sandbox.add_contact(contact_id="1004", email="linda@example.com")
    return sandbox


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", RateLimited),
        ("server_error", ServerError),
        ("drop_before", ConnectionDropped),
        ("drop_after", ConnectionDropped),
        ("malformed_json", UnexpectedAnswer),
        ("html", UnexpectedAnswer),
        ("wrong_shape", UnexpectedAnswer),
    ],
)
@pytest.mark.parametrize("write", [True, False])
def test_without_a_second_try_each_fault_is_its_own_error(
    linda: Sandbox, kind: str, error: type[Exception], write: bool
) -> None:
    linda.fault(kind)
    with linda.client(retry=ONCE) as segmetrics, pytest.raises(error):
        segmetrics.contacts.delete("1004") if write else segmetrics.contacts.get("1004")
    assert [call.fault for call in linda.calls()] == [kind]


@pytest.mark.parametrize(
    ("kind", "gone"),
    [
        ("rate_limit", False),
        ("server_error", False),
        ("drop_before", False),
        ("lying", False),
        ("drop_after", True),
        ("malformed_json", True),
        ("html", True),
        ("wrong_shape", True),
        ("slow", True),
    ],
)
def test_whether_a_fault_lets_the_change_through(linda: Sandbox, kind: str, gone: bool) -> None:
    linda.fault(kind)
    expected = suppress(RateLimited, ServerError, ConnectionDropped, UnexpectedAnswer)
    with linda.client(retry=ONCE) as segmetrics, expected:
        segmetrics.contacts.delete("1004")
    assert linda.contact_exists("int9", "1004") is not gone


def test_the_effect_can_be_chosen(linda: Sandbox) -> None:
    linda.fault("html", effect=False, method="DELETE")
    linda.fault("server_error", effect=True, method="DELETE")
    with linda.client(retry=ONCE) as segmetrics:
        with pytest.raises(UnexpectedAnswer):
            segmetrics.contacts.delete("1004")
        assert linda.contact_exists("int9", "1004")
        with pytest.raises(ServerError):
            segmetrics.contacts.delete("1004")
    assert not linda.contact_exists("int9", "1004")


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "drop_before"])
def test_a_delete_goes_through_at_the_second_try(linda: Sandbox, segmetrics: SegMetrics, kind: str) -> None:
    linda.fault(kind)
    assert segmetrics.contacts.delete("1004").id == "1004"
    assert [call.status for call in linda.deletes()][-1] == 200
    assert len(linda.deletes()) == 2


def test_a_delete_whose_answer_was_lost_ends_as_not_found_after_two_tries(
    linda: Sandbox, segmetrics: SegMetrics
) -> None:
    linda.fault("drop_after", method="DELETE")
    with pytest.raises(ContactNotFound) as caught:
        segmetrics.contacts.delete("1004")
    assert caught.value.attempts == 2
    assert not linda.contact_exists("int9", "1004")


def test_a_lying_delete_is_seen_only_by_looking_again(linda: Sandbox, segmetrics: SegMetrics) -> None:
    linda.fault("lying", method="DELETE", object="contact")
    assert segmetrics.contacts.delete("1004").id == "1004"
    assert segmetrics.contacts.search(external_id="1004")


def test_an_upsert_by_email_is_not_repeated_in_doubt(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.fault("drop_after", object="contact", method="POST")
    with pytest.raises(ConnectionDropped):
        segmetrics.contacts.upsert(ContactUpdate(email="ada@example.com"))
    assert len(sandbox.calls()) == 1
    sandbox.fault("rate_limit", object="contact", method="POST")
    segmetrics.contacts.upsert(ContactUpdate(email="ada@example.com"))
    assert len(sandbox.contacts(email="ada@example.com")) == 1


def test_an_upsert_by_id_is_repeated(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.fault("drop_after", object="contact")
    segmetrics.contacts.upsert(ContactUpdate(contact_id="7"))
    assert [call.status for call in sandbox.calls()] == [None, 200]


def test_a_slow_answer_times_out_and_a_patient_session_waits(linda: Sandbox) -> None:
    linda.fault("slow", delay=30)
    with linda.client(retry=ONCE, timeout=0.1) as hasty, pytest.raises(Timeout):
        hasty.contacts.get("1004")
    linda.fault("slow", delay=0.4)
    with linda.client(retry=ONCE, timeout=60) as patient:
        assert patient.contacts.get("1004")


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorized), (403, Unauthorized), (422, BadRequest), (503, ServerError)]
)
def test_any_status_can_be_had(linda: Sandbox, status: int, error: type[Exception]) -> None:
    linda.fault("status", status=status)
    with linda.client(retry=ONCE) as segmetrics, pytest.raises(error):
        segmetrics.contacts.get("1004")


@pytest.mark.parametrize("written_as", ["seconds", "date"])
def test_retry_after_is_told_in_either_form(linda: Sandbox, written_as: str) -> None:
    linda.fault("rate_limit", retry_after=90, retry_after_as=written_as)
    with linda.client(retry=ONCE) as segmetrics, pytest.raises(RateLimited) as caught:
        segmetrics.contacts.get("1004")
    assert caught.value.retry_after == pytest.approx(90, abs=3)


def test_nobody_there(sandbox: Sandbox) -> None:
    with Sandbox.start() as short_lived:
        session = short_lived.client(retry=ONCE)
    with session, pytest.raises(ConnectionDropped, match="can't be reached") as caught:
        session.contacts.get("1")
    assert caught.value.sent is False


def test_faults_fall_where_and_as_often_as_they_are_told(linda: Sandbox) -> None:
    linda.fault("server_error", path=r"/contact/1004$", after=1, times=2)
    linda.fault("server_error", object="tags", times=None)

    def outcome(act: Callable[[], object]) -> str:
        try:
            act()
        except ServerError:
            return "500"
        return "ok"

    with linda.client(retry=ONCE) as segmetrics:
        contact = [outcome(lambda: segmetrics.contacts.get("1004")) for _ in range(4)]
        tags = [outcome(lambda: segmetrics.tags.add("1004", ["VIP"])) for _ in range(3)]
        assert segmetrics.account_reachable()
        linda.clear_faults()
        assert outcome(lambda: segmetrics.tags.add("1004", ["VIP"])) == "ok"
    assert contact == ["ok", "500", "500", "ok"]
    assert tags == ["500", "500", "500"]


def test_faults_by_chance_are_the_same_each_time(linda: Sandbox) -> None:
    def run() -> list[int | None]:
        linda.clear_faults()
        linda.reset_calls()
        linda.fault("server_error", times=None, probability=0.5, rng_seed=7)
        with linda.client(retry=ONCE) as segmetrics:
            for _ in range(12):
                try:
                    segmetrics.contacts.get("1004")
                except ServerError:
                    continue
        return [call.status for call in linda.calls()]

    first, second = run(), run()
    assert first == second
    assert set(first) == {200, 500}


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(AssertionError, match="Unknown fault"):
        sandbox.fault("earthquake")
