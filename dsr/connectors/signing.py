"""Who signs a connection's calls: the newest credential first, the one in use until that has worked.

A token that several workers share is renewed by the one that gets its lease by a conditional UPDATE; no lock is held
while SegMetrics is asked. Whoever is killed with it leaves a lease that ends by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dsr import audit
from dsr.attention import Attention
from dsr.connectors import ending, oauth
from dsr.connectors.execution_log import Purpose
from dsr.exceptions import InvalidInput, NeedsPerson, NotReady
from dsr.models import LIVE, Connection, Credential, CredentialKind, CredentialStatus, User
from segmetrics_client import ApiKey, Auth, Call, PostForm, SignIn, Token, Unauthorized

_LEASE = dt.timedelta(seconds=90)
"""Longer than a renewal can take: it is one call, whose every step on the network is given 20 seconds."""
_NOT_OF_THE_API = ("renew token", "get token", "revoke token")
_ENDED = "This credential has ended. Set a new one."


class Signing:
    """An `Auth` of the client: the credentials of a connection, or a person's own for it.

    Raises `NeedsPerson` where there is none.
    """

    def __init__(self, connection: Connection, user: User | None = None) -> None:
        self._connection, self._user = connection, user
        self._auths: dict[int, Auth] = {}
        self._sign_in: SignIn | None = None
        self._told: tuple[int, bool] | None = None
        self._is_tried_again = False
        self._rows = Credential.live_of(connection, user)
        if not self._rows:
            raise NeedsPerson(Attention.KEY_REFUSED if user is None else Attention.NO_OWN_CREDENTIAL)

    def close(self) -> None:
        if self._sign_in:
            self._sign_in.close()

    def headers(self, post_form: PostForm) -> Mapping[str, str]:
        """Of the next call; looked at anew each time, since a credential may be revoked while a job runs."""
        in_use = Credential.objects.filter(pk__in=[row.pk for row in self._rows[:1]], status__in=LIVE)
        if not in_use.exists():
            self._rows = Credential.live_of(self._connection, self._user)
        if not self._rows:
            raise Unauthorized(_ENDED, attempts=0)
        while True:
            try:
                return self._auth().headers(post_form)
            except Unauthorized:
                if len(self._rows) == 1:
                    raise
                self._fall_back()

    def refused(self, sent: Mapping[str, str], post_form: PostForm, *, status: int) -> bool:
        """Whether there is another one to try."""
        row = self._rows[0]
        try:
            # One that never worked isn't renewed while another one is there.
            is_worth_it = row.status == CredentialStatus.WORKING or len(self._rows) == 1
            if is_worth_it and self._auth().refused(sent, post_form, status=status):
                self._is_tried_again = True
                return True
        except Unauthorized:
            if len(self._rows) == 1:
                raise
        if len(self._rows) == 1:
            return False
        self._fall_back()
        self._is_tried_again = True
        return True

    def note(self, call: Call) -> None:
        """Remember what a call said about the credential; the first success of a new one ends the one before."""
        if not self._rows or call.attempt == 0:
            return
        if self._is_tried_again and call.action not in _NOT_OF_THE_API:
            self._is_tried_again = False  # the refusal of the one before, whose row has it already
            return
        row = self._rows[0]
        if call.error is None and call.action not in _NOT_OF_THE_API and self._told != (row.pk, True):
            self._told = (row.pk, True)
            _worked(row)
            if row.status == CredentialStatus.NEW:
                # It is the one in use from here on, and what there was before it has ended.
                self._rows = list(Credential.objects.filter(pk=row.pk, status__in=LIVE))
        elif call.error == Unauthorized.__name__ and self._told != (row.pk, False):
            self._told = (row.pk, False)
            _refused(row)

    def _auth(self) -> Auth:
        row = self._rows[0]
        if row.pk not in self._auths:
            if row.kind == CredentialKind.API_KEY:
                self._auths[row.pk] = ApiKey(row.open_key())
            else:
                try:
                    self._sign_in = self._sign_in or oauth.sign_in()
                except (NotReady, InvalidInput):
                    raise Unauthorized("Signing in by OAuth isn't set up here any more.") from None
                self._auths[row.pk] = self._sign_in.renewing(Tokens(row.pk))
        return self._auths[row.pk]

    def _fall_back(self) -> None:
        _refused(self._rows[0])
        self._rows = self._rows[1:]


class Tokens:
    """The client's `TokenStore`: the pair of one credential, in its row."""

    def __init__(self, pk: int) -> None:
        self._pk = pk
        self._generation = 0
        self._until: dt.datetime | None = None

    def load(self) -> Token:
        row = self._row().first()
        if row is None:
            raise Unauthorized(_ENDED)
        self._generation = row.generation
        access, refresh = row.open_tokens()
        expires_at = row.expires_at.timestamp() if row.expires_at else None
        return Token(access_token=access, refresh_token=refresh, expires_at=expires_at)

    def claim(self) -> bool:
        now = timezone.now()
        free = Q(renewing_until=None) | Q(renewing_until__lt=now)
        # Only of the generation that was loaded: a renewal that has ended meanwhile leaves nothing to claim.
        claimed = self._row().filter(free, generation=self._generation).update(renewing_until=now + _LEASE)
        self._until = now + _LEASE if claimed else None
        return bool(claimed)

    def save(self, token: Token) -> None:
        row = Credential(kind=CredentialKind.OAUTH)
        row.seal_tokens(access=token.access_token, refresh=token.refresh_token)
        saved = (
            self._row()
            .filter(generation=self._generation)
            .update(
                secret_sealed=row.secret_sealed,
                expires_at=oauth.moment(token.expires_at),
                generation=F("generation") + 1,
                renewing_until=None,
            )
        )
        if not saved:  # revoked while it was renewed: what came of it is dropped with the rest
            raise Unauthorized(_ENDED)
        self._generation += 1

    def let_go(self) -> None:
        self._row().filter(renewing_until=self._until).update(renewing_until=None)

    def _row(self) -> QuerySet[Credential]:
        return Credential.objects.filter(pk=self._pk, status__in=LIVE)


def _worked(row: Credential) -> None:
    now = timezone.now()
    with transaction.atomic():
        beside = Credential.objects.filter(connection=row.connection_id, user=row.user_id, status__in=LIVE)
        there = list(beside.select_for_update())
        mine = next((other for other in there if other.pk == row.pk), None)
        if mine is None:
            return
        takes_over = mine.status == CredentialStatus.NEW
        replaced = ending.opened(other for other in there if takes_over and other.pk != row.pk)
        ended = Credential.retire(beside.exclude(pk=row.pk)) if takes_over else []
        Credential.objects.filter(pk=row.pk).update(status=CredentialStatus.WORKING, worked_at=now, refused_at=None)
        if takes_over:
            facts = {"connection": row.connection_id, "credential": row.pk, "kind": row.kind, "ended": ended}
            audit.record(actor=None, verb="credential_took_over", facts=facts)
    ending.tell(row.connection, Purpose(), replaced)


def _refused(row: Credential) -> None:
    Credential.objects.filter(pk=row.pk, status__in=LIVE).update(refused_at=timezone.now())
