"""What was done to the office itself, not to one case, in words: connections, accounts, safeguards, texts and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dsr.languages import LANGUAGES
from dsr.models import ChangeKind, LetterKind
from dsr.phrases import named

Facts = Mapping[str, Any]


def _language(facts: Facts) -> str:
    language = str(facts["language"])
    return LANGUAGES.get(language, language)


def _sign_ins_ended(facts: Facts) -> str:
    ended = len(facts["ended_there"])
    about = {"connection": facts["connection"], "ended": ended, "all": ended + len(facts["not_ended_there"])}
    return _("Sign-ins of connection %(connection)s ended at SegMetrics: %(ended)s of %(all)s") % about


def _safeguard(words: str) -> Callable[[Facts], str]:
    return lambda facts: named(_(words), dict(ChangeKind.choices).get(facts["kind"], facts["kind"]))


def _letter_text(words: str) -> Callable[[Facts], str]:
    return lambda facts: named(
        _(words) % {"language": _language(facts)}, dict(LetterKind.choices).get(facts["kind"], facts["kind"])
    )


OFFICE_WORDS: dict[str, Callable[[Facts], str]] = {
    "connection_added": lambda facts: _("Connection %(connection)s added") % facts,
    "connection_changed": lambda facts: _("Connection %(connection)s changed") % facts,
    "grant_changed": lambda facts: _("What connection %(connection)s may do was changed") % facts,
    "delete_right_taken": lambda facts: _("Right to delete taken from connection %(connection)s") % facts,
    "unique_ids_taken": lambda facts: _("Ids of connection %(connection)s no longer count as unique") % facts,
    "record_saved": lambda facts: (
        _("Record of connection %(connection)s saved, in %(language)s")
        % {"connection": facts["connection"], "language": _language(facts)}
    ),
    "recipient_added": lambda facts: _("Recipient %(recipient)s added to connection %(connection)s") % facts,
    "recipient_changed": lambda facts: _("Recipient %(recipient)s of connection %(connection)s changed") % facts,
    "credential_set": lambda facts: _("New credential for connection %(connection)s stored") % facts,
    "credential_took_over": lambda facts: (
        _("New credential for connection %(connection)s works, and is in use from now on") % facts
    ),
    "credentials_revoked": lambda facts: (
        _("Credentials of connection %(connection)s ended: %(count)s")
        % {"connection": facts["connection"], "count": len(facts["credentials"])}
    ),
    "sign_ins_ended": _sign_ins_ended,
    "user_invited": lambda facts: _("Account %(user)s added by invitation") % facts,
    "administrator_added_by_command": lambda facts: (
        _("Account %(user)s added as an administrator, by a command on the server itself") % facts
    ),
    "roles_changed": lambda facts: _("Roles of account %(user)s changed") % facts,
    "user_deactivated": lambda facts: _("Account %(user)s closed") % facts,
    "user_reactivated": lambda facts: _("Account %(user)s opened again") % facts,
    "password_changed": lambda facts: _("Password of account %(user)s changed") % facts,
    "factor_added": lambda facts: _("Second factor added to account %(user)s") % facts,
    "factor_removed": lambda facts: _("Second factor of account %(user)s removed") % facts,
    "recovery_codes_renewed": lambda facts: _("New recovery codes made for account %(user)s") % facts,
    "safeguard_change_asked": _safeguard(gettext_noop("Change to a safeguard asked for")),
    "safeguard_change_granted": _safeguard(gettext_noop("Change to a safeguard granted")),
    "safeguard_change_declined": _safeguard(gettext_noop("Change to a safeguard declined")),
    "safeguard_change_withdrawn": _safeguard(gettext_noop("Change to a safeguard withdrawn")),
    "safeguards_strengthened": lambda _facts: _("Safeguards made stricter"),
    "webhook_added": lambda facts: _("Webhook %(webhook)s added") % facts,
    "webhook_changed": lambda facts: _("Webhook %(webhook)s changed") % facts,
    "webhook_secret_renewed": lambda facts: _("Secret of webhook %(webhook)s renewed") % facts,
    "webhook_removed": lambda facts: _("Webhook %(webhook)s removed") % facts,
    "letter_template_saved": _letter_text(gettext_noop("Text of a letter changed, in %(language)s")),
    "letter_template_restored": _letter_text(gettext_noop("Shipped text of a letter used again, in %(language)s")),
    "restored": lambda _facts: _("Restored from a backup"),
    "ledger_begun_anew": lambda _facts: _("Ledger begun anew"),
    "master_key_rotated": lambda facts: _("Master key rotated, keys sealed anew: %(keys)s") % facts,
}
