"""The access package of a case: made from its encrypted export, so that nothing is asked of SegMetrics again.

It is made once the case is ready, and anew whenever what it rests on changes before the hand-over: what is left out,
what is told about the processing, the language. The one before is destroyed then.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import audit, fingerprint, queue, storage
from dsr.attention import Attention
from dsr.days import controller_today
from dsr.exceptions import NeedsPerson, NotReady, TryLater, Unreadable, WrongState
from dsr.exports.answer import Answer, read_answer
from dsr.exports.letter import AccessLetter, Particulars
from dsr.exports.naming import safe_names
from dsr.exports.package import write_package, write_portable_package
from dsr.exports.reading import read_entry, walk_entry
from dsr.exports.records import PRODUCTS, ContactExport, PackageHeader, PackageWritten
from dsr.exports.redaction import Redaction, places, reasons, redacted, redacted_names
from dsr.exports.report import Reading
from dsr.exports.tags import read_meanings
from dsr.languages import LANGUAGES
from dsr.models import (
    Case,
    Document,
    DocumentKind,
    Errand,
    ErrandKind,
    ErrandStatus,
    NotificationKind,
    Package,
    ProcessingRecord,
    User,
)
from dsr.permissions import Role, raise_if_not
from dsr.selectors.processing import TOLD, digest_of, missing, record_for
from dsr.selectors.redactions import redactions_of
from dsr.services import disposal, notifying, wording
from dsr.services.documents import add_document
from dsr.services.planning import confirmed
from dsr.services.sealing import sealed
from dsr.services.transition import locked
from dsr.states import Kind, State

Read = Sequence[tuple[str, dt.datetime]]
"""The contacts of an export in its order: the id, and when it was read."""


@dataclass(frozen=True)
class Made:
    """A package whose bytes are on disk, and what it was made from."""

    stored: storage.Stored
    written: PackageWritten
    basis: str
    left_out: int


def current(case: Case) -> Document | None:
    """The package to be handed over, or the one that was. None where there is none that fits what it rests on."""
    newest = _packages(case).order_by("-pk").first()
    if newest is None or case.state != State.READY:
        return newest
    return newest if Package.objects.filter(document=newest, basis=_basis_now(case)).exists() else None


def is_awaited(case: Case) -> bool:
    """Whether the worker is about to make the package, or is at it."""
    return Errand.live_of(ErrandKind.PACKAGE, case.pk).exists()


def raise_if_gaps(case: Case, *, language: str) -> None:
    """Raises `NotReady`, with what an administrator has to write, where a package can't be made in this language."""
    gaps = gaps_of(case, language=language)
    if gaps:
        raise NotReady(gaps)


def gaps_of(case: Case, *, language: str = "") -> str:
    """What keeps a package from being made in this language, or in the case's own, as a sentence; else nothing."""
    language = language or case.language
    gaps = _gaps(case, record_for(case.connection, language))
    if not case.gets_package or not gaps:
        return ""
    return _(
        "What is told about the processing isn't written in %(language)s, or has gaps: %(fields)s. An administrator "
        "writes it under Connections, %(connection)s, “Write what is told”."
    ) % {"language": LANGUAGES[language], "fields": ", ".join(gaps), "connection": case.connection.shown}


def _gaps(case: Case, told: ProcessingRecord | None) -> tuple[str, ...]:
    """What the letter needs and isn't written: for data to take along no more than whom to turn to."""
    if case.kind == Kind.PORTABILITY:
        return missing(told, "authority", "contact")
    return missing(told)


def renew(case: Case) -> None:
    """Something that the package rests on has changed: make it anew. Inside the transaction of that change."""
    if case.state == State.READY:
        ask_for(case)


def ask_for(case: Case) -> None:
    """Have the worker make a package of what is there now. Inside a transaction."""
    errand = queue.add_errand(kind=ErrandKind.PACKAGE, target=case.pk, case=case)
    # One that is running may have made its package already, and only not said so: it starts once more, by itself.
    running = Errand.objects.filter(pk=errand.pk, status=ErrandStatus.RUNNING)
    if running.update(status=ErrandStatus.DUE, leased_until=None, attempts=0, next_at=timezone.now()):
        queue.wake_errand(errand)


def request(*, case: Case, actor: User) -> None:
    """Ask the worker to make the package again, after it failed."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state != State.READY:
            raise WrongState(_("There is no package to make in this case now. Look at it again."))
        raise_if_gaps(fresh, language=fresh.language)
        renew(fresh)


def make_package(case_id: int) -> None:
    """The errand: make the package anew where the one that is there no longer fits, and destroy that one.

    Raises `NeedsPerson` where what is told has gaps, where the export is damaged, or where the letter can't be signed.
    """
    case = Case.objects.select_related("connection").get(pk=case_id)
    plan = case.current_plan
    if case.state == State.READY and plan and plan.export and current(case) is None:
        made = write(case, export=plan.export)
        with storage.discarded_on_error([made.stored.path]), transaction.atomic():
            fresh = locked(case.pk)
            if fresh.state != State.READY or _basis_now(fresh) != made.basis:
                raise TryLater(Attention.GAVE_UP)
            _record(fresh, made)
    destroy_replaced(case)


def read_of(case: Case) -> Read:
    """The contacts of the case's finished export."""
    return [(row.contact_id, row.seen_at) for row in confirmed(case)]


def write(case: Case, *, export: Document) -> Made:
    """Write the package to a new encrypted file, in the case's language."""
    told, redactions = record_for(case.connection, case.language), redactions_of(case)
    if told is None or _gaps(case, told):
        raise NeedsPerson(Attention.RECORD_GAPS)
    try:
        with (
            storage.seekable(export) as package,
            storage.writing(case) as pending,
            translation.override(case.language),
        ):
            written = _write(cast("BinaryIO", pending.writer), case, package, told, redactions)
    except Unreadable:
        raise NeedsPerson(Attention.FILES_DAMAGED, document=export.pk) from None
    return Made(pending.stored, written, _basis(case, export.sha256, told, redactions), len(redactions))


def _write(
    target: BinaryIO,
    case: Case,
    package: BinaryIO,
    told: ProcessingRecord,
    redactions: Sequence[Redaction],
) -> PackageWritten:
    answers = answers_of(package, read_of(case))
    why = reasons(redactions)
    header = header_of(case)
    if case.kind == Kind.PORTABILITY:
        return write_portable_package(
            target,
            header=header,
            letter=_letter(case, header, told, tuple(dict.fromkeys(why))),
            answers=[redacted(answer, redactions) for answer in answers],
            sign=partial(sealed, about=wording.letter_title(case)),
            left_out=list(zip(why, places(answers, redactions), strict=True)),
            logo=settings.ENV.organisation_logo,
        )
    return write_package(
        target,
        header=header,
        letter=_letter(case, header, told, tuple(dict.fromkeys(why))),
        answers=[redacted(answer, redactions) for answer in answers],
        reading=Reading(
            products=redacted_names(json.loads(read_entry(package, PRODUCTS)), redactions),
            meanings=read_meanings(told.tag_meanings),
            folder="data",
            left_out=tuple(dict.fromkeys(why)),
        ),
        sign=partial(sealed, about=wording.letter_title(case)),
        left_out=list(zip(why, places(answers, redactions), strict=True)),
        logo=settings.ENV.organisation_logo,
    )


def _record(case: Case, made: Made) -> None:
    """Record a package that is on disk; those before it are due for destruction. Inside a transaction."""
    _packages(case).update(destroy_on=controller_today())
    document = add_document(
        case, DocumentKind.PACKAGE, made.stored, content_type="application/zip", files=made.written.files
    )
    Package.objects.create(document=document, basis=made.basis)
    notifying.tell(case, NotificationKind.PACKAGE_READY, notifying.carers(case))
    audit.record(
        actor=None,
        verb="package_made",
        case=case,
        facts={
            "document": document.pk,
            "sha256": made.stored.sha256,
            "size": made.stored.size,
            "files": len(made.written.files),
            "language": case.language,
            "left_out": made.left_out,
            "signed_by": made.written.signed_by,
        },
    )


def destroy_replaced(case: Case) -> None:
    """Destroy the packages that another one took the place of. The daily task has those that are held or fail."""
    newest = _packages(case).order_by("-pk").first()
    if newest:
        for document in _packages(case).filter(pk__lt=newest.pk).select_related("case"):
            disposal.destroy(document)


def header_of(case: Case) -> PackageHeader:
    """Whose data it is, in the active language."""
    return PackageHeader(
        reference=case.reference,
        subject_name=case.subject_name,
        account_id=case.connection.account_id,
        connection_name=case.connection.shown,
        identifiers=tuple(
            (str(row.get_kind_display()), row.value) for row in case.identifiers.filter(learnt_from=None)
        ),
        made_at=timezone.now(),
        organisation=settings.ENV.organisation,
        organisation_address=settings.ENV.organisation_address,
        time_zone=settings.TIME_ZONE,
        language=translation.get_language() or "en",
        is_demo=settings.ENV.is_demo,
    )


def _packages(case: Case) -> QuerySet[Document]:
    return Document.objects.filter(case=case, kind=DocumentKind.PACKAGE, destroyed_at=None)


def answers_of(package: BinaryIO, read: Read) -> list[Answer]:
    """What an export holds about each contact, whole, to be read as long as its file is open."""
    names = safe_names(contact_id for contact_id, _moment in read)
    return [
        read_answer(
            ContactExport(
                contact_id=contact_id,
                fetched_at=fetched_at,
                raw=partial(walk_entry, package, f"raw/contact-{name}.json"),
            ),
            raw_name="data/data.json",
        )
        for (contact_id, fetched_at), name in zip(read, names, strict=True)
    ]


def _letter(case: Case, header: PackageHeader, told: ProcessingRecord, left_out: tuple[str, ...]) -> AccessLetter:
    return AccessLetter(
        organisation=header.organisation,
        organisation_address=header.organisation_address,
        is_demo=header.is_demo,
        language=header.language,
        reference=header.reference,
        to_name=header.subject_name or header.identifiers[0][1],
        received_on=case.received_on,
        made_at=header.made_at,
        time_zone=header.time_zone,
        account_id=header.account_id,
        particulars=Particulars(**{name: getattr(told, name) for name in TOLD}),
        left_out=left_out,
    )


def _basis_now(case: Case) -> str:
    plan, told = case.current_plan, record_for(case.connection, case.language)
    if plan is None or plan.export is None or told is None:
        return ""
    return _basis(case, plan.export.sha256, told, redactions_of(case))


def _basis(case: Case, export: str, told: ProcessingRecord, redactions: Sequence[Redaction]) -> str:
    """Under the case's key: a plain digest of what was left out could be guessed at after the purge."""
    content = {
        "export": export,
        "told": digest_of(told),
        "left_out": [[row.contact_id, row.path, row.text, row.reason] for row in redactions],
        "language": case.language,
    }
    return hmac.new(case.data_key, b"package\x00" + fingerprint.canonical(content), hashlib.sha256).hexdigest()
