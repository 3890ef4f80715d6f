"""Credentials: replaced without a pause, revoked at once, tested for reading and writing, and each person's own."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from dsr.actions import READS, Action
from dsr.connectors import oauth
from dsr.connectors.segmetrics import Account
from dsr.connectors.signing import Tokens
from dsr.env import OAuth
from dsr.exceptions import InvalidInput, NeedsPerson, NotAllowed, NotReady, RuleBroken, WrongState
from dsr.models import Approval, AuditEntry, Connection, Credential, ExecutedCall, User
from dsr.selectors.credentials import signed_by
from dsr.services import connections, credentials, mfa_reset, rotation, users
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, give_key, prepared, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def oauth_set(sandbox: Sandbox, settings: Settings) -> OAuth:
    known = OAuth(
        authorize_url=f"{sandbox.oauth_url}/authorize",
        token_url=f"{sandbox.oauth_url}/token",
        revoke_url=f"{sandbox.oauth_url}/revoke",
        client_id="sandbox-desk",
        client_secret="sandbox-client-secret",
        scope="",
    )
    settings.ENV = dataclasses.replace(settings.ENV, oauth=known)
    return known


def signed_in(connection: Connection, sandbox: Sandbox, user: User | None = None) -> Credential:
    """A connection whose one credential is a sign-in."""
    Credential.retire(Credential.objects.filter(connection=connection, user=user))
    token = sandbox.token()
    row = Credential(connection=connection, user=user, kind="oauth", status="working", created_at=timezone.now())
    row.seal_tokens(access=token.access_token, refresh=token.refresh_token)
    row.expires_at = oauth.moment(token.expires_at)
    row.save()
    return row


def read(connection: Connection) -> None:
    with Account(connection) as account:
        account.control_read()


def statuses(connection: Connection) -> list[tuple[str, bool]]:
    """Status, and whether SegMetrics refused it, in the order in which they were given."""
    rows = Credential.objects.filter(connection=connection).order_by("pk")
    return [(row.status, row.refused_at is not None) for row in rows]


def test_a_new_key_takes_over_once_it_has_worked_and_the_old_one_is_destroyed(
    connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    old = give_key(connection, sandbox.api_key)
    credentials.set_key(connection=connection, actor=administrator, api_key=sandbox.api_key)
    old.refresh_from_db()
    assert bytes(old.secret_sealed), "it stays until the new one has worked"

    read(connection)

    old.refresh_from_db()
    assert (old.status, bytes(old.secret_sealed)) == ("retired", b"")
    assert statuses(connection)[-1] == ("working", False)
    (entry,) = AuditEntry.objects.filter(verb="credential_took_over")
    assert entry.facts["ended"] == [old.pk]


def test_a_new_key_that_is_refused_falls_back_to_the_old_one_within_the_same_call(
    connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    credentials.set_key(connection=connection, actor=administrator, api_key="mistyped")
    sandbox.reset_calls()

    read(connection)
    read(connection)

    assert [call.status for call in sandbox.calls()] == [401, 200, 200], "tried once, then the old one goes first"
    assert statuses(connection)[-2:] == [("working", False), ("new", True)]
    with pytest.raises(NotReady, match="The one before it still works"):
        connections.test(connection=connection, actor=administrator)


@pytest.mark.parametrize("status", [401, 403])
def test_where_the_old_one_ends_at_segmetrics_the_new_one_is_tried_again(
    connection: Connection, administrator: User, sandbox: Sandbox, status: int
) -> None:
    """A new key may become good only later; and it is the old one that was withdrawn in the end."""
    sandbox.fault("status", status=status)
    credentials.set_key(connection=connection, actor=administrator, api_key=sandbox.api_key)
    read(connection)
    assert statuses(connection)[-2:] == [("working", False), ("new", True)]
    old = Credential.objects.get(connection=connection, status="working")
    old.seal_key("withdrawn")
    old.save()

    read(connection)

    assert statuses(connection)[-2:] == [("retired", True), ("working", False)]


def test_a_second_new_key_takes_the_place_of_one_that_never_worked(
    connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    for key in ("first", sandbox.api_key):
        credentials.set_key(connection=connection, actor=administrator, api_key=key)
    assert [row[0] for row in statuses(connection)] == ["working", "retired", "new"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Credential.objects.filter(status="retired").update(status="new")


def test_an_ended_credential_can_keep_no_secret(connection: Connection) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Credential.objects.update(status="retired")


def test_a_new_key_voids_what_was_approved_and_a_renewal_and_a_take_over_do_not(
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    sandbox: Sandbox,
    oauth_set: OAuth,
) -> None:
    row = signed_in(connection, sandbox)
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    revision = Connection.objects.get().revision
    Credential.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")
    assert len(sandbox.renewals()) == 1
    assert Connection.objects.get().revision == revision

    credentials.set_key(connection=connection, actor=administrator, api_key=sandbox.api_key)
    assert Connection.objects.get().revision == revision + 1
    read(connection)
    assert Connection.objects.get().revision == revision + 1


def test_revoked_everything_is_destroyed_segmetrics_is_told_and_jobs_ask_a_person(
    connection: Connection, officer: User, administrator: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    row = signed_in(connection, sandbox)
    give_key(connection, "new-key", status="new")
    access, _refresh = row.open_tokens()
    case = file_case(officer, connection)

    said = credentials.revoke(connection=connection, actor=administrator)

    assert "ended 1 sign-in too" in said
    assert "An API key works until it is withdrawn at SegMetrics" in said
    assert not Credential.objects.exclude(secret_sealed=b"").exists()
    with sandbox.client(auth=_Bearer(access)) as segmetrics, pytest.raises(Exception, match="401"):
        segmetrics.check()
    work()
    case.refresh_from_db()
    assert case.attention == "key_refused"
    with pytest.raises(WrongState):
        credentials.revoke(connection=connection, actor=administrator)
    assert {call.action for call in ExecutedCall.objects.filter(on_behalf_of=administrator)} == {"revoke token"}


def test_revoked_while_segmetrics_is_away_says_so(
    connection: Connection, administrator: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    signed_in(connection, sandbox)
    sandbox.fault("drop_before", object="revoke", times=None)
    said = credentials.revoke(connection=connection, actor=administrator)
    assert "couldn't be told of every sign-in" in said
    assert not Credential.objects.exclude(secret_sealed=b"").exists()


def replaced(connection: Connection, administrator: User, sandbox: Sandbox) -> Credential:
    """A sign-in that was in use until a new key has worked."""
    old = signed_in(connection, sandbox)
    credentials.set_key(connection=connection, actor=administrator, api_key=sandbox.api_key)
    read(connection)
    old.refresh_from_db()
    assert (old.status, bytes(old.secret_sealed)) == ("retired", b"")
    return old


def test_a_sign_in_that_was_replaced_is_ended_at_segmetrics_once_the_new_one_has_worked(
    connection: Connection, administrator: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    access, _refresh = signed_in(connection, sandbox).open_tokens()
    credentials.set_key(connection=connection, actor=administrator, api_key=sandbox.api_key)
    old = Credential.objects.get(connection=connection, kind="oauth")
    with sandbox.client(auth=_Bearer(access)) as segmetrics:
        segmetrics.check()

    read(connection)

    with sandbox.client(auth=_Bearer(access)) as segmetrics, pytest.raises(Exception, match="401"):
        segmetrics.check()
    old.refresh_from_db()
    assert (old.status, bytes(old.secret_sealed), old.ended_there) == ("retired", b"", True)
    (entry,) = AuditEntry.objects.filter(verb="sign_ins_ended")
    assert (entry.facts["ended_there"], entry.facts["not_ended_there"]) == ([old.pk], [])
    assert ExecutedCall.objects.filter(action="revoke token", status=200).count() == 1


def test_where_that_fails_the_new_one_works_and_it_is_told_plainly(
    connection: Connection, administrator: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    sandbox.fault("drop_before", object="revoke", times=None)

    old = replaced(connection, administrator, sandbox)

    assert statuses(connection)[-1] == ("working", False)
    assert old.ended_there is False
    assert AuditEntry.objects.get(verb="sign_ins_ended").facts["not_ended_there"] == [old.pk]
    assert "couldn't be told" in signed_by(connection)[1].hint


def test_where_no_address_for_it_is_set_nothing_is_claimed(
    connection: Connection, administrator: User, sandbox: Sandbox, oauth_set: OAuth, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, oauth=dataclasses.replace(oauth_set, revoke_url=""))
    assert replaced(connection, administrator, sandbox).ended_there is False


def test_a_sign_in_that_never_worked_is_ended_there_when_another_takes_its_place(
    connection: Connection, administrator: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    row = signed_in(connection, sandbox)
    Credential.objects.filter(pk=row.pk).update(status="new")
    credentials.set_key(connection=connection, actor=administrator, api_key=sandbox.api_key)
    row.refresh_from_db()
    assert (row.status, row.ended_there) == ("retired", True)


def test_a_running_job_stops_at_its_next_call_once_it_is_revoked(
    connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    with Account(connection) as account:
        account.control_read()
        credentials.revoke(connection=connection, actor=administrator)
        sandbox.reset_calls()
        with pytest.raises(NeedsPerson) as asked:
            account.control_read()
    assert asked.value.code == "key_refused"
    assert sandbox.calls() == []


def test_a_token_is_renewed_ahead_of_its_end_and_the_new_one_is_kept(
    connection: Connection, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    row = signed_in(connection, sandbox)
    before = row.open_tokens()
    Credential.objects.filter(pk=row.pk).update(expires_at=timezone.now() + dt.timedelta(seconds=30))

    read(connection)
    read(connection)

    row.refresh_from_db()
    assert row.open_tokens()[1] != before[1]
    assert (row.generation, row.renewing_until) == (2, None)
    assert row.expires_at
    assert row.expires_at > timezone.now() + dt.timedelta(minutes=50)
    assert len(sandbox.renewals()) == 1


def test_a_renewed_token_is_not_lost_over_an_end_that_no_date_can_hold(
    connection: Connection, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    """The server has spent the refresh token before it by then."""
    row = signed_in(connection, sandbox)
    Credential.objects.update(expires_at=timezone.now())
    sandbox.fault("body", object="token", body='{"access_token": "a", "refresh_token": "r", "expires_in": 1e400}')
    with pytest.raises(NeedsPerson):  # that access token is none of the sandbox's
        read(connection)
    row.refresh_from_db()
    assert (row.open_tokens(), row.expires_at, row.renewing_until) == (("a", "r"), None, None)


def test_a_sign_in_that_took_over_is_renewed_within_the_same_run(
    connection: Connection, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    """Another process renewed it meanwhile, so that the token of this run ended: there is a new one to be had."""
    key, token = give_key(connection, sandbox.api_key), sandbox.token()
    row = Credential(connection=connection, kind="oauth", status="new", created_at=timezone.now())
    row.seal_tokens(access=token.access_token, refresh=token.refresh_token)
    row.expires_at = oauth.moment(token.expires_at)
    row.save()
    with Account(connection) as account:
        account.control_read()
        key.refresh_from_db()
        assert key.status == "retired"
        Credential.objects.filter(pk=row.pk).update(expires_at=timezone.now())
        read(connection)
        assert len(sandbox.renewals()) == 1

        account.control_read()

    row.refresh_from_db()
    assert (row.status, row.refused_at, len(sandbox.renewals())) == ("working", None, 1)


def test_a_consent_that_was_taken_back_asks_a_person_to_sign_in_again(
    connection: Connection, officer: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    row = signed_in(connection, sandbox)
    sandbox.end_grants()
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    row.refresh_from_db()
    assert case.attention == "key_refused"
    assert row.refused_at
    assert row.renewing_until is None


def test_what_is_renewed_while_it_is_revoked_is_not_written_back(
    connection: Connection, administrator: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    row = signed_in(connection, sandbox)
    tokens = Tokens(row.pk)
    token = tokens.load()
    assert tokens.claim()
    credentials.revoke(connection=connection, actor=administrator)
    with pytest.raises(Exception, match="has ended"):
        tokens.save(token)
    row.refresh_from_db()
    assert (row.status, bytes(row.secret_sealed)) == ("retired", b"")


def test_the_lease_of_whoever_was_killed_ends_by_itself_and_only_its_holder_lets_go(
    connection: Connection, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    row = signed_in(connection, sandbox)
    killed, other = Tokens(row.pk), Tokens(row.pk)
    killed.load()
    other.load()
    assert killed.claim()
    assert not other.claim()
    Credential.objects.filter(pk=row.pk).update(renewing_until=timezone.now() - dt.timedelta(seconds=1))
    assert other.claim()
    killed.let_go()
    assert Credential.objects.get(pk=row.pk).renewing_until, "a lease that isn't its own any more"
    other.let_go()
    assert Credential.objects.get(pk=row.pk).renewing_until is None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (None, "Writing is let in"),
        ({"kind": "status", "status": 403, "method": "POST"}, "Writing is NOT let in"),
        ({"kind": "status", "status": 404, "method": "POST"}, "doesn't know this integration: int9"),
    ],
)
def test_a_test_tells_reads_from_writes_and_changes_nothing(
    connection: Connection,
    administrator: User,
    sandbox: Sandbox,
    fault: dict[str, object] | None,
    said: str,
) -> None:
    before = sandbox.state()
    if fault:
        sandbox.fault(**fault)  # type: ignore[arg-type]
    told = connections.test(connection=connection, actor=administrator)
    assert "Reading works" in told
    assert said in told
    assert sandbox.state() == before
    assert [call.action for call in ExecutedCall.objects.order_by("pk")] == ["list report contacts", "check writing"]


def test_writing_is_not_tried_where_nothing_may_be_changed(
    connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    Connection.objects.update(may_delete=False)
    connection.refresh_from_db()
    assert "Writing was not tried" in connections.test(connection=connection, actor=administrator)
    assert {call.method for call in sandbox.calls()} == {"GET"}


def test_the_master_keys_rotation_covers_keys_and_tokens(
    connection: Connection, approver: User, sandbox: Sandbox, settings: Settings, oauth_set: OAuth
) -> None:
    signed_in(connection, sandbox)
    give_key(connection, "own-key", user=approver)
    new, old = b"n" * 32, settings.ENV.master_key
    settings.ENV = dataclasses.replace(settings.ENV, master_key=new, other_master_keys=[old])
    assert rotation.rotate() == 2
    settings.ENV = dataclasses.replace(settings.ENV, other_master_keys=[])
    assert all(Credential.objects.get(kind="oauth").open_tokens())
    assert Credential.objects.get(user=approver).open_key() == "own-key"


class _Bearer:
    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self, _post_form: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def refused(self, *_: object, **__: object) -> bool:
        return False


# Deletions in the approver's own name


@pytest.fixture
def personal(connection: Connection) -> Connection:
    Connection.objects.update(personal_deletes=True)
    connection.refresh_from_db()
    return connection


def test_without_their_own_nobody_approves_and_with_it_the_deletion_is_theirs(
    personal: Connection, officer: User, approver: User, sandbox: Sandbox, oauth_set: OAuth
) -> None:
    case = prepared(file_case(officer, personal), officer)
    with pytest.raises(NotReady, match="your own sign-in"):
        approve(case, approver)
    assert not Approval.objects.exists()
    signed_in(personal, sandbox, user=approver)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")
    own = Credential.objects.get(user=approver)
    assert own.worked_at


@pytest.mark.parametrize("how", ["taken back", "refused", "of another account"])
def test_never_another_ones_instead(
    personal: Connection, officer: User, approver: User, sandbox: Sandbox, how: str
) -> None:
    give_key(personal, sandbox.api_key if how == "taken back" else "of-nobody", user=approver)
    case = prepared(file_case(officer, personal), officer)
    approve(case, approver)
    if how == "taken back":
        credentials.take_own_back(connection=personal, actor=approver)
    if how == "of another account":
        sandbox.admin(
            "POST", "integrations", {"account": "elsewhere", "integration": "int1", "name": "x", "api_key": "of-nobody"}
        )
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "no_own_credential")
    assert sandbox.deletes() == []


def test_only_who_approves_and_only_where_it_is_asked_for(
    personal: Connection, officer: User, approver: User, administrator: User
) -> None:
    for user in (officer, administrator):
        with pytest.raises(NotAllowed):
            credentials.set_own_key(connection=personal, actor=user, api_key="k")
        with pytest.raises(NotAllowed if user == officer else InvalidInput):
            credentials.set_key(connection=personal, actor=user, api_key=" ")
    Connection.objects.update(personal_deletes=False)
    with pytest.raises(RuleBroken):
        credentials.set_own_key(connection=personal, actor=approver, api_key="k")


def test_revoking_ends_everybodys_own_too(
    personal: Connection, approver: User, administrator: User, sandbox: Sandbox
) -> None:
    give_key(personal, sandbox.api_key, user=approver)
    assert "Deleting was not tried" in credentials.test_own(connection=personal, actor=approver)
    credentials.revoke(connection=personal, actor=administrator)
    assert not credentials.has_own(personal, approver)
    with pytest.raises(NotReady, match="own sign-in"):
        credentials.test_own(connection=personal, actor=approver)


@pytest.mark.parametrize("how", ["the account is closed", "the role is taken", "the factors are reset"])
def test_ones_own_ends_with_the_trust_it_was_given_in(
    personal: Connection, approver: User, administrator: User, sandbox: Sandbox, how: str
) -> None:
    own = give_key(personal, sandbox.api_key, user=approver)
    if how == "the account is closed":
        users.deactivate(actor=administrator, user=approver)
    elif how == "the role is taken":
        users.set_roles(actor=administrator, user=approver, roles=[])
    else:
        with transaction.atomic():
            mfa_reset.reset(user=approver)
    own.refresh_from_db()
    assert (own.status, bytes(own.secret_sealed)) == ("retired", b"")
    read(personal)  # the connection's own goes on


def test_ones_own_is_not_sent_to_another_address(
    personal: Connection, approver: User, administrator: User, sandbox: Sandbox
) -> None:
    own = give_key(personal, sandbox.api_key, user=approver)
    integrations = [(row.integration_id, row.label) for row in personal.integrations.all()]
    for account_id, status in ((personal.account_id, "working"), ("elsewhere", "retired")):
        personal.account_id = account_id
        connections.save(actor=administrator, connection=personal, api_key=None, integrations=integrations)
        own.refresh_from_db()
        assert own.status == status


def test_an_edit_gives_no_grant_back_that_was_taken_meanwhile(connection: Connection, administrator: User) -> None:
    connections.grant(connection=connection, actor=administrator, actions=[*READS, Action.UPSERT_CONTACT])
    open_form = Connection.objects.get(pk=connection.pk)
    connections.grant(connection=connection, actor=administrator, actions=list(READS))
    integrations = [(row.integration_id, row.label) for row in connection.integrations.all()]
    connections.save(actor=administrator, connection=open_form, api_key=None, integrations=integrations)
    connection.refresh_from_db()
    assert Action.UPSERT_CONTACT not in connection.granted


def test_no_key_is_sent_to_an_address_that_it_was_not_given_for(
    connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    """Else one administrator could have the key of another sent to themselves, and delete with it unseen."""
    shared = Credential.objects.get(connection=connection)
    integrations = [(row.integration_id, row.label) for row in connection.integrations.all()]
    connection.read_url = connection.read_url.replace("127.0.0.1", "localhost")
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=integrations)
    shared.refresh_from_db()
    assert (shared.status, bytes(shared.secret_sealed)) == ("retired", b"")
    (entry,) = AuditEntry.objects.filter(verb="connection_changed")
    assert entry.facts["credentials_ended"] == [shared.pk]
    with pytest.raises(NotReady):
        connections.test(connection=connection, actor=administrator)
    assert sandbox.calls() == []


@pytest.fixture(autouse=True)
def _no_secret_is_told(caplog: pytest.LogCaptureFixture, sandbox: Sandbox) -> Iterator[None]:
    """Whatever a test did: no key and no token stands in a log, in the audit log, or in the log of calls."""
    caplog.set_level("DEBUG")
    yield
    said = caplog.text + str(list(AuditEntry.objects.values_list("facts", flat=True)))
    said += str(list(ExecutedCall.objects.values()))
    assert [word for word in (sandbox.api_key, "access-", "refresh-", "mistyped", "own-key") if word in said] == []
