"""`manage.py segmetrics` as a real process, against the sandbox over HTTP: words, exit codes, JSON, kill and resume."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection as database

from dsr.actions import Action
from dsr.models import AuditEntry, Connection, ExecutedCall, SentProduct, TagRun, TagTarget, User
from dsr.permissions import Role
from segmetrics_client.sandbox.testing import RecordedCall, Sandbox
from tests.builders import make_connection, make_user
from tests.ops.waiting import eventually

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
ALL = [action.value for action in Action if action != Action.DELETE_CONTACT]


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    """May do everything but delete."""
    return make_connection(sandbox, granted=ALL, may_delete=False)


@pytest.fixture
def anna(db: None) -> User:
    return make_user("anna@example.com", "Anna Officer", Role.PRIVACY_OFFICER)


def _env() -> dict[str, str]:
    row = database.settings_dict
    if database.vendor == "sqlite":
        url = f"sqlite:///{quote(str(row['NAME']))}"
    else:
        url = f"postgresql://{row['USER']}:{quote(row['PASSWORD'] or '')}@{row['HOST']}:{row['PORT']}/{row['NAME']}"
    kept = {"DATABASE_URL": url, "DSR_DATA_DIR": str(settings.ENV.data_dir), "PYTHONWARNINGS": "ignore"}
    return os.environ | kept | {"DJANGO_SETTINGS_MODULE": "tests.settings", "NO_COLOR": "1"}


def begun(*words: str) -> subprocess.Popen[str]:
    """The real command, in a process of its own. Ctrl-C reaches it also where the tests run in the background."""
    return subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, "manage.py", "segmetrics", *words],
        cwd=ROOT, env=_env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(*words: str) -> tuple[int, str, str]:
    process = begun(*words)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def begun_and_held(*words: str, sandbox: Sandbox, after: int) -> subprocess.Popen[str]:
    """The same, at the instant at which the call after so many changes is under way.

    Each from there on takes its time, so that a machine that stands still for a while finds it amid its work all the
    same.
    """
    sandbox.fault("slow", method="POST", after=after, times=None, delay=4.0)
    process = begun(*words, "--as", "anna@example.com")
    assert eventually(lambda: len(changes(sandbox)) > after or process.poll() is not None, within=60)
    assert process.poll() is None, process.communicate()
    return process


def changes(sandbox: Sandbox) -> list[RecordedCall]:
    return [call for call in sandbox.calls() if call.method == "POST"]


def let_through(sandbox: Sandbox) -> None:
    """The call that was under way when its process was killed takes effect, and nobody hears of it."""
    assert eventually(lambda: all(call.status for call in changes(sandbox)), within=60)


def run(*words: str, typed: str = "", person: str = "anna@example.com") -> tuple[int, str, str]:
    """The same in this process: the exit code, the standard output, and what was told as an error."""
    out, err, was = StringIO(), StringIO(), sys.stdin
    sys.stdin = StringIO(typed)
    try:
        call_command("segmetrics", *words, *(["--as", person] if person else []), stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), f"{err.getvalue()}{error}"
    finally:
        sys.stdin = was
    return 0, out.getvalue(), err.getvalue()


def told(*words: str, typed: str = "", person: str = "anna@example.com") -> tuple[int, dict[str, Any]]:
    """The exit code, and the one JSON document."""
    code, out, err = run(*words, "--json", typed=typed, person=person)
    assert out, err
    return code, json.loads(out)


def tags_of(sandbox: Sandbox, contact_id: str) -> set[str]:
    return {row["name"] for row in sandbox.state()["tags"] if row["contact_id"] == contact_id}


def test_a_contact_is_searched_for_and_shown(connection: Connection, anna: User) -> None:
    code, found = told("search", "--email", "-", typed="linda.dare@example.com\n")
    assert (code, found["contact"]["contact_id"]) == (0, "1004")

    code, shown = told("show", "1004")
    assert code == 0
    assert shown["lead_source"]["utm_source"] == "ads"
    assert {tag["name"] for tag in shown["tags"]} == {"VIP", "Newsletter", "Buyer"}
    assert (shown["spent_cents"], shown["subscriptions"]) == (4500, 1)

    code, out, _err = run("show", "1004")
    assert code == 0
    for words in ("Linda Dare", "utm_source=ads", "VIP", "Round Tuit", "45.00"):
        assert words in out
    made = list(ExecutedCall.objects.values_list("action", flat=True).distinct().order_by("action"))
    assert made == ["get contact", "get lead source", "list contact tags", "search contacts"]
    assert {row.on_behalf_of for row in ExecutedCall.objects.select_related("on_behalf_of")} == {anna}


def test_a_disclosure_is_counted_and_nothing_personal_is_kept(connection: Connection, anna: User) -> None:
    run("search", "--email", "linda.dare@example.com")
    run("show", "1004")
    entries = list(AuditEntry.objects.order_by("sequence"))
    assert [(row.verb, row.facts["contact"], row.facts["through"]) for row in entries] == [
        ("contact_found", "1004", "terminal"),
        ("contact_shown", "1004", "terminal"),
    ]
    assert {row.actor for row in entries} == {anna.staff_reference}
    assert "linda" not in json.dumps([row.facts for row in entries]).lower()


@pytest.mark.django_db(transaction=True)
def test_exit_codes_of_the_real_command(
    shared_database: None, connection: Connection, anna: User, sandbox: Sandbox
) -> None:
    me = ["--as", "anna@example.com"]
    assert ended("search", "--email", "linda.dare@example.com", *me)[0] == 0
    assert ended("search", "--email", "nobody@example.com", *me)[0] == 1
    code, out, err = ended("search", "--json", *me)
    assert (code, json.loads(out)["error"]["code"]) == (2, "wrong_use")
    assert "--email" in err
    code, out, err = ended("delete", "1004", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (3, "not_allowed")
    sandbox.fault("server_error", times=None)
    code, out, err = ended("products", "list", *me)
    assert (code, out) == (4, "")
    assert "SegMetrics doesn't answer" in err


def test_who_may_do_what(connection: Connection, anna: User) -> None:
    make_user("adi@example.com", "Adi", Role.AUDITOR)
    make_user("bea@example.com", "Bea", Role.APPROVER)
    make_user("max@example.com", "Max", Role.ADMINISTRATOR)
    make_user("root@example.com", "Root", is_superuser=True)
    make_user("gone@example.com", "Gone", Role.PRIVACY_OFFICER, is_active=False)
    personal = [
        ["search", "--email", "linda.dare@example.com"],
        ["show", "1004"],
        ["upsert", "--contact-id", "1004", "--set", "first_name=X", "--yes"],
        ["tags", "add", "1004", "X", "--yes"],
        ["tag-by-rule", "--spent-over", "1", "--add", "X", "--yes"],
    ]
    plain = [["products", "list"], ["products", "create", "1", "One", "--yes"], ["report"]]
    for who in ("adi", "bea", "root", "gone", "stranger"):
        for words in (*personal, *plain):
            assert run(*words, person=f"{who}@example.com")[0] == 3, (who, words)
    for words in personal:
        assert run(*words, person="max@example.com")[0] == 3, words
    for words in plain:
        assert run(*words, person="max@example.com")[0] == 0, words


def test_an_officer_without_the_right_to_read_contents(connection: Connection, anna: User) -> None:
    group = anna.groups.get()
    group.permissions.clear()
    code, found = told("show", "1004")
    assert (code, found["error"]["code"]) == (3, "not_allowed")


@pytest.mark.parametrize(
    ("words", "action"),
    [
        (["search", "--email", "linda.dare@example.com"], Action.SEARCH_CONTACTS),
        (["show", "1004"], Action.GET_CONTACT),
        (["upsert", "--contact-id", "1004", "--set", "first_name=X"], Action.UPSERT_CONTACT),
        (["tags", "add", "1004", "X"], Action.ADD_CONTACT_TAGS),
        (["tags", "remove", "1004", "VIP"], Action.REMOVE_CONTACT_TAGS),
        (["products", "list"], Action.LIST_PRODUCTS),
        (["products", "create", "1", "One"], Action.CREATE_PRODUCT),
        (["products", "price", "1", "5", "--name", "One"], Action.UPDATE_PRODUCT_PRICE),
        (["report"], Action.GET_ATTRIBUTION_REPORT),
    ],
)
def test_what_the_grant_does_not_name_is_refused_and_said(
    words: list[str], action: Action, connection: Connection, anna: User, sandbox: Sandbox
) -> None:
    sandbox.add_product(product_id="1", name="One" if "price" in words else "Other")
    connection.granted = [name for name in ALL if name != action]
    connection.save()
    yes = [] if words[0] in {"search", "show", "report"} or words[1] == "list" else ["--yes"]
    code, _out, err = run(*words, *yes)
    assert code == 3
    assert f"This connection may not do this: “{action.label}”. An administrator switches it on under" in err
    assert {call.method for call in sandbox.calls() if not call.path.endswith("query")} <= {"GET"}
    refused = ExecutedCall.objects.get(attempt=0)
    assert refused.on_behalf_of == anna


def test_of_a_contact_is_shown_what_the_grant_lets_be_read(connection: Connection, anna: User) -> None:
    connection.granted = [Action.GET_CONTACT]
    connection.save()
    code, found = told("show", "1004")
    assert (code, found["lead_source"], found["tags"], len(found["missing"])) == (0, None, None, 2)


def test_errors_are_json_too(connection: Connection, anna: User) -> None:
    assert told("search", "--email", "nobody@example.com")[1]["error"]["code"] == "not_found"
    assert told("search", "--email", "x@example.com", "--connection", "Other")[0] == 2
    assert told("show", "linda.dare@example.com")[0] == 2, "an e-mail would lead to whoever bears it"
    assert told("upsert", "--contact-id", "1004", "--set", "nonsense=1")[1]["error"]["code"] == "wrong_use"


def test_an_account_that_is_not_known_is_no_not_found(connection: Connection, anna: User) -> None:
    connection.account_id = "other"
    connection.save()
    code, found = told("search", "--email", "linda.dare@example.com")
    assert (code, found["error"]["code"]) == (4, "segmetrics_failed")


def test_nothing_is_deleted_by_a_command(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    for words in (["delete"], ["delete", "1004"], ["delete", "contact", "1004"]):
        code, _out, err = run(*words, person="")
        assert code == 3
        assert "file a request at" in err
        assert "/cases/new/" in err
    assert told("delete", "1004", person="")[1]["error"]["code"] == "not_allowed"
    assert sandbox.calls() == []


def test_a_change_is_shown_first_and_sent_after_a_yes(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    words = ["upsert", "--contact-id", "1004", "--set", "first_name=Lynda", "--field", "City=Ghent"]
    code, plan = told(*words, "--dry-run")
    assert code == 0
    assert plan["changes"] == [
        {"field": "first_name", "before": "Linda", "after": "Lynda"},
        {"field": "custom_fields.City", "before": "", "after": "Ghent"},
    ]
    assert (plan["sent"], plan["is_new"]) == (False, False)
    assert {call.method for call in sandbox.calls()} == {"GET"}

    code, out, err = run(*words)
    assert code == 2, "nobody can be asked"
    assert "--yes" in err
    assert "Lynda" in out
    assert {call.method for call in sandbox.calls()} == {"GET"}

    code, sent = told(*words, "--yes")
    assert (code, sent["sent"], sent["read_back"]) == (0, True, True)
    linda = sandbox.contacts(contact_id="1004")[0]
    assert linda["body"]["first_name"] == "Lynda"
    assert tags_of(sandbox, "1004") == {"VIP", "Newsletter", "Buyer"}, "an upsert leaves the tags alone"

    code, again = told(*words, "--yes")
    assert (code, again["sent"], again["changes"]) == (0, False, [])


def test_an_upsert_never_gives_a_contact_another_id(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    for words in (
        ["--contact-id", "9000", "--email", "linda.dare@example.com", "--set", "first_name=X"],
        ["--email", "linda.dare@example.com", "--set", "first_name=X"],
    ):
        code, found = told("upsert", *words, "--yes")
        assert code == 2
        assert "1004" in found["error"]["message"]
        assert "linda" not in found["error"]["message"]
    assert {call.method for call in sandbox.calls()} == {"GET"}
    assert sandbox.contact_exists("int9", "1004")


def test_a_new_contact_by_json_from_the_standard_input(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    given = json.dumps({"email": "new@example.com", "first_name": "Nele", "custom_fields": {"City": "Ghent"}})
    code, sent = told("upsert", "--input", "-", "--yes", typed=given)
    assert (code, sent["is_new"], sent["read_back"]) == (0, True, True)
    assert [row["contact_id"] for row in sandbox.contacts(email="new@example.com")] == [sent["contact_id"]]
    assert told("upsert", "--input", "-", "--yes", typed="[1]")[0] == 2
    assert told("upsert", "--input", "-", "--yes", typed='{"tags": ["x"], "email": "n2@example.com"}')[0] == 2


def test_tags_are_given_and_taken(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    code, plan = told("tags", "add", "1004", "VIP", "Gold", "--dry-run")
    assert (code, plan["changes"][0]["after"], plan["sent"]) == (0, "Buyer, Gold, Newsletter, VIP", False)
    assert told("tags", "add", "1004", "VIP", "Gold", "--yes")[1]["read_back"]
    assert tags_of(sandbox, "1004") == {"VIP", "Newsletter", "Buyer", "Gold"}
    assert told("tags", "remove", "1004", "Gold", "Buyer", "--yes")[0] == 0
    assert tags_of(sandbox, "1004") == {"VIP", "Newsletter"}
    assert told("tags", "add", "4711", "VIP", "--yes")[0] == 1
    facts = AuditEntry.objects.filter(verb="contact_tagged").latest("sequence").facts
    assert (facts["added"], facts["removed"]) == (0, 2)


def test_where_to_write_is_said_where_there_are_several(anna: User, sandbox: Sandbox) -> None:
    make_connection(sandbox, ("int9", "Shop"), ("int12", "Courses"), granted=ALL, may_delete=False)
    code, found = told("tags", "add", "1004", "Gold", "--yes")
    assert (code, found["error"]["code"]) == (2, "wrong_use")
    assert told("tags", "add", "1004", "Gold", "--yes", "--integration", "int9")[0] == 0
    assert told("tag-by-rule", "--where", "source=ads", "--add", "Gold", "--integration", "int9", "--yes")[0] == 2


def test_the_id_of_whom_to_change_is_read_from_the_standard_input(connection: Connection, anna: User) -> None:
    what = ("upsert", "--contact-id", "-", "--set", "first_name=Lynda", "--dry-run")
    code, plan = told(*what, typed="1004\n")
    assert (code, plan["contact_id"], plan["is_new"]) == (0, "1004", False)
    code, refused = told(*what, "--email", "-", typed="1004\nlynda@example.com\n")
    assert (code, refused["error"]["code"]) == (2, "wrong_use")


@pytest.mark.parametrize(
    "asked",
    ['{"contact_id": "1004", "first_name": null, "custom_fields": {"first_name": "x"}}', "[" * 90_000],
    ids=["nothing for a name", "too deep"],
)
def test_json_that_cannot_be_meant_is_wrong_use(connection: Connection, anna: User, asked: str) -> None:
    code, refused = told("upsert", "--input", "-", "--dry-run", typed=asked)
    assert (code, refused["error"]["code"]) == (2, "wrong_use")


def test_products_and_a_price_that_is_only_sent(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    sandbox.add_product(product_id="108", name="Round Tuit", price=4500)
    assert told("products", "create", "109", "Trinket", "--price", "5", "--dry-run")[1]["product"]["what"] == (
        "create + price"
    )
    assert told("products", "create", "109", "Trinket", "--price", "5", "--yes")[0] == 0
    sandbox.settings(apply_price=False)
    code, out, _err = run("products", "price", "108", "49.00", "--yes")
    assert code == 0
    assert "sent, not proven" in out
    rows = {row["id"]: row for row in told("products", "list")[1]["products"]}
    assert (rows["108"]["price_cents"], rows["108"]["sent_price_cents"]) == (4500, 4900)
    assert rows["109"]["price_cents"] == 500
    assert told("products", "price", "777", "1.00", "--yes")[0] == 2
    assert told("products", "price", "108", "1.234,00", "--yes")[0] == 2


def _csv(tmp_path: Path, *rows: str) -> str:
    file = tmp_path / "products.csv"
    file.write_text("\n".join(["id;name;price", *rows]))
    return str(file)


def test_a_catalogue_is_synced_once(connection: Connection, anna: User, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.add_product(product_id="108", name="Round Tuit", price=4500)
    sandbox.add_product(product_id="109", name="Trinket", price=500)
    sandbox.add_product(product_id="500", name="Not in the list")
    file = _csv(tmp_path, "108;Round Tuit;49,00", "109;Uber Trinket;5.00", "110;Blueprint;199", "111;Free;")
    code, plan = told("products", "sync", file, "--dry-run")
    assert code == 0
    assert [(row["id"], row["what"]) for row in plan["plan"]] == [
        ("108", "price"),
        ("109", "rename"),
        ("110", "create + price"),
        ("111", "create"),
    ]
    assert plan["only_there"] == 1
    assert {call.method for call in sandbox.calls()} == {"GET"}
    code, done = told("products", "sync", file, "--yes")
    assert (code, done["sent"]) == (0, ["108", "109", "110", "111"])
    there = {row["id"]: (row["name"], row["price"]) for row in sandbox.state()["products"]}
    assert there["108"] == ("Round Tuit", 4900)
    assert there["109"] == ("Uber Trinket", 500)
    assert there["110"] == ("Blueprint", 19900)
    sandbox.reset_calls()
    assert told("products", "sync", file, "--yes")[1]["sent"] == []
    assert {call.method for call in sandbox.calls()} == {"GET"}


def test_bad_rows_stand_with_their_numbers_and_stop_it(
    connection: Connection, anna: User, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = _csv(tmp_path, "108;Round Tuit;49", ";Nameless;1", "109;;1", "110;Dear;much", "108;Again;1", "111;A;1;2")
    code, plan = told("products", "sync", file, "--yes")
    assert (code, plan["error"]["code"], plan["sent"]) == (2, "wrong_use", [])
    assert [row["row"] for row in plan["bad_rows"]] == [3, 4, 5, 6, 7]
    assert {call.method for call in sandbox.calls()} == {"GET"}
    assert told("products", "sync", file, "--yes", "--leave-out-bad")[1]["sent"] == ["108"]
    assert told("products", "sync", str(tmp_path / "none.csv"))[0] == 2


@pytest.mark.django_db(transaction=True)
def test_a_sync_that_is_killed_goes_on_with_what_is_left(
    shared_database: None, connection: Connection, anna: User, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Even where SegMetrics ignores prices, so that its list doesn't tell what was sent."""
    sandbox.settings(apply_price=False)
    for number in range(12):
        sandbox.add_product(product_id=f"p{number}", name=f"Product {number}", price=100)
    file = _csv(tmp_path, *(f"p{number};Product {number};2.00" for number in range(12)))
    killed = begun_and_held("products", "sync", file, "--yes", sandbox=sandbox, after=3)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    let_through(sandbox)
    before = SentProduct.objects.count()
    assert 3 <= before < 12
    sandbox.clear_faults()
    sandbox.reset_calls()
    code, done = told("products", "sync", file, "--yes")
    assert (code, len(done["sent"])) == (0, 12 - before)
    assert len(changes(sandbox)) == 12 - before
    assert told("products", "sync", file, "--yes")[1]["sent"] == []
    assert len(told("products", "sync", file, "--dry-run", "--again")[1]["plan"]) == 12


def test_the_report_has_a_chart(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    code, found = told("report", "--since", "2018-01-01", "--until", "2018-12-31")
    assert code == 0
    assert found["rows"] == [{"channel": "direct", "leads": 1, "customers": 1, "orders": 1, "revenue": 4500}]
    code, out, _err = run("report", "--since", "2018-01-01", "--until", "2018-12-31")
    assert code == 0
    assert "█" in out
    assert "45.00" in out
    assert told("report", "--since", "2018-02-01", "--until", "2018-01-01")[0] == 2


def _crowd(sandbox: Sandbox, count: int = 12) -> None:
    """As many from the search engine who spent 150.00, one who spent less, one from elsewhere."""
    lately = f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=3):%Y-%m-%d} 10:00:00"
    for number in range(count + 2):
        source = "other" if number == count + 1 else "Google"
        events = [{"type": "visit", "date_created": lately, "channel": "organic", "utm_source": source}]
        who = f"c{number}"
        sandbox.add_contact(contact_id=who, email=f"c{number}@example.com", date_created=lately, events=events)
        amount = 10_000 if number == count else 15_000
        sandbox.add_invoice(invoice_id=f"i{number}", contact_id=who, amount=amount, date_created=lately)


RULE = ["tag-by-rule", "--where", "source=google", "--spent-over", "100.00", "--add", "VIP"]


def test_tags_by_a_rule(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    _crowd(sandbox)
    sandbox.rename_contact("c0", tags=["VIP"])
    code, plan = told(*RULE, "--dry-run")
    assert (code, plan["matched"], plan["dry_run"]) == (0, 12, True)
    assert {call.method for call in sandbox.calls()} == {"GET"}
    assert not TagTarget.objects.exists()
    code, done = told(*RULE, "--yes")
    assert (code, done["done"] + done["already"], done["stage"]) == (0, 12, "finished")
    assert {f"c{number}" for number in range(14) if "VIP" in tags_of(sandbox, f"c{number}")} == {
        f"c{number}" for number in range(12)
    }
    assert not TagTarget.objects.exists(), "no contact's id outlives the run"
    _code, again = told(*RULE, "--yes")
    assert (again["matched"], again["already"], again["done"]) == (12, 12, 0)
    code, taken = told("tag-by-rule", "--spent-over", "100", "--where", "channel=organic", "--remove", "VIP", "--yes")
    assert (code, taken["done"]) == (0, 12)
    assert told("tag-by-rule", "--add", "VIP", "--yes")[0] == 2, "without a condition it would be everybody"
    kept = json.dumps([row.facts for row in AuditEntry.objects.all()])
    assert "c1" not in kept
    assert "VIP" not in kept


@pytest.mark.django_db(transaction=True)
def test_tagging_that_is_killed_goes_on(
    shared_database: None, connection: Connection, anna: User, sandbox: Sandbox
) -> None:
    _crowd(sandbox)
    killed = begun_and_held(*RULE, "--yes", sandbox=sandbox, after=3)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    let_through(sandbox)
    left = TagTarget.objects.filter(is_done=False).count()
    assert 0 < left <= 9
    sandbox.clear_faults()
    sandbox.reset_calls()
    code, done = told("tag-by-rule", "--resume", str(TagRun.objects.get().pk), "--yes")
    assert (code, done["done"], done["stage"]) == (0, 12, "finished")
    assert len(changes(sandbox)) == left
    assert all("VIP" in tags_of(sandbox, f"c{number}") for number in range(12))
    assert told("tag-by-rule", "--resume", str(TagRun.objects.get().pk), "--yes")[0] == 2


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_says_how_to_go_on(shared_database: None, connection: Connection, anna: User, sandbox: Sandbox) -> None:
    _crowd(sandbox)
    stopped = begun_and_held(*RULE, "--yes", sandbox=sandbox, after=1)
    assert TagTarget.objects.filter(is_done=True).exists()
    stopped.send_signal(signal.SIGINT)
    out, _err = stopped.communicate(timeout=60)
    assert stopped.returncode == 130
    run_row = TagRun.objects.get()
    assert f"--resume {run_row.pk}" in out
    assert told("tag-by-rule", "--throw-away", str(run_row.pk))[0] == 0
    assert not TagTarget.objects.exists()


def test_a_name_steers_no_terminal(connection: Connection, anna: User, sandbox: Sandbox) -> None:
    sandbox.add_contact(contact_id="66", email="esc@example.com", first_name="Red\x1b[31m", last_name="[bold]x")
    code, out, _err = run("show", "66")
    assert code == 0
    assert "\x1b" not in out
    assert "[bold]x" in out
