"""The effect of resetting somebody's second factors. Deciding on it takes two administrators, elsewhere."""

from __future__ import annotations

from functools import partial

from allauth.mfa.models import Authenticator
from django.db import connection, transaction

from dsr.models import User
from dsr.services import account_mail, agent_tokens, calendars, credentials, sessions
from dsr.services.approval import void_of


def reset(*, user: User) -> dict[str, object]:
    """Take all second factors, recovery codes and the password off the account, end its sessions and the address of
    its calendar, void its approvals.

    The password goes too: with it alone somebody else could sign in first and set up a factor of their own. The owner
    asks for a new one on the sign-in page, by a link to their own mailbox.

    Only the change that two administrators agreed on may call this: whoever could do it alone, with a password link
    read on the way, would be the second person of an approval. It runs inside that change's transaction. Returns the
    facts for its audit entry, which the caller records as the last write. The owner is told by mail after the commit.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A reset belongs to the transaction of the change behind it.")
    factors = Authenticator.objects.filter(user=user)
    kinds = sorted(factors.values_list("type", flat=True))
    factors.delete()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    calendars.forget(user)
    agent_tokens.forget(user)
    credentials.forget(user)
    facts = {
        "user": user.staff_reference,
        "factors_removed": kinds,
        "sessions_ended": sessions.end_of(user),
        "approvals_voided": void_of(user),
    }
    transaction.on_commit(partial(account_mail.tell, user=user, about="mfa/email/factors_reset"))
    return facts
