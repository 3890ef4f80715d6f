"""Plans: make one from the confirmed contacts, void what was made, and the fingerprint of what is approved."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import fingerprint
from dsr.connectors.segmetrics import can_be_looked_up, is_stand_in
from dsr.exceptions import NotReady
from dsr.models import (
    Approval,
    Candidate,
    Case,
    Change,
    ChangeStep,
    Connection,
    Decision,
    ErasedBefore,
    HandOver,
    IdentifierKind,
    LineDecision,
    ObjectKind,
    Plan,
    PlanLine,
    StepState,
    User,
)
from dsr.models.plan import ERASE_ORDER, FINISHED
from dsr.services import changes
from dsr.services.intake import add_identifier

_LINE = ("integration_id", "object", "object_id", "decision", "exemption")
_IDENTITY = ("candidate__contact_id", "candidate__identity_digest", "candidate__holdings_digest")


def confirmed(case: Case) -> list[Candidate]:
    """The contacts that are the data subject and still there."""
    return list(case.candidates.filter(decision=Decision.SAME_PERSON, superseded=False, erased_at=None).order_by("pk"))


def has_begun(case: Case) -> bool:
    """Whether the case attempted a deletion (also before a restore) or a change: from then on it ends with a
    certificate."""
    if case.is_change:
        return Change.objects.filter(plan__case=case).exclude(step=ChangeStep.PENDING).exists()
    attempted = PlanLine.objects.filter(plan__case=case).exclude(step=StepState.PENDING)
    begun = Q(Exists(attempted)) | Q(Exists(ErasedBefore.objects.filter(case=case)))
    return Case.objects.filter(begun, pk=case.pk).exists()


def make_plan(*, case: Case, actor: User, previous: Plan | None = None) -> Plan:
    """A new plan: for an erasure a line for each object of each confirmed contact, in each integration.

    Where ids are known to be unique (one integration, or the connection says so) a line stands on “delete”; elsewhere
    the same id may be somebody else's, so each line waits for a person. Decisions of a previous plan are carried over
    where the very same line was decided. Raises `NotReady` where an id of the contact stands for an e-mail address.
    """
    last = case.plans.aggregate(last=Max("number"))["last"] or 0
    plan = Plan.objects.create(
        case=case,
        number=last + 1,
        ground=previous.ground if previous else "",
        created_at=timezone.now(),
    )
    for candidate in confirmed(case):
        _learn_identifiers(case, candidate)
        if case.is_erasure:
            _add_lines(plan, candidate, actor)
    if previous and case.is_change:
        changes.carry_over(previous, plan)
    elif previous:
        _carry_over(previous, plan)
    return plan


def _learn_identifiers(case: Case, candidate: Candidate) -> None:
    """The confirmed contact's own email and id are looked up again after the deletion too.

    An address that SegMetrics can't be asked for (of dots or blanks) is none to look up; the certificate says so.
    """
    add_identifier(case=case, kind=IdentifierKind.EXTERNAL_ID, value=candidate.contact_id, learnt_from=candidate)
    email = candidate.summary["email"]
    if email and can_be_looked_up(email):
        add_identifier(case=case, kind=IdentifierKind.EMAIL, value=email, learnt_from=candidate)


def _add_lines(plan: Plan, candidate: Candidate, actor: User) -> None:
    summary, connection = candidate.summary, plan.case.connection
    objects = [(ObjectKind.INVOICE, order["id"], order["description"]) for order in summary["orders"]]
    objects += [(ObjectKind.SUBSCRIPTION, row["id"], row["description"]) for row in summary["subscriptions"]]
    objects.append((ObjectKind.CONTACT, candidate.contact_id, ""))
    integrations = list(connection.integrations.all())
    is_clear = len(integrations) == 1 or connection.ids_unique_in_account
    position = plan.lines.count()
    gone = _deleted_since(candidate)
    if any(is_stand_in(object_id) for _kind, object_id, _description in objects):
        raise NotReady(
            _(
                "An order or subscription of contact %(id)s has an e-mail address as its id, so it can't be planned or "
                "deleted. Ask SegMetrics support to give it an id of its own, then search again."
            )
            % {"id": candidate.contact_id}
        )
    for kind, object_id, description in sorted(dict.fromkeys(objects), key=lambda row: ERASE_ORDER[row[0]]):
        for integration in integrations:
            if (integration.integration_id, kind, object_id) in gone:
                continue
            position += 1
            PlanLine.objects.get_or_create(
                plan=plan,
                integration_id=integration.integration_id,
                object=kind,
                object_id=object_id,
                defaults={
                    "candidate": candidate,
                    "position": position,
                    "integration_label": integration.label,
                    "description_sealed": plan.case.seal(description, field="line"),
                    "decision": LineDecision.DELETE if is_clear else LineDecision.UNDECIDED,
                    "decided_by": actor if is_clear else None,
                },
            )


def _deleted_since(candidate: Candidate) -> set[tuple[str, str, str]]:
    """What an earlier plan deleted after the contact was looked at: planned again, it would be “deleted” and “kept”."""
    done = PlanLine.objects.filter(
        plan__case=candidate.case_id,
        candidate__contact_id=candidate.contact_id,
        step__in=FINISHED,
        done_at__gt=candidate.seen_at,
    )
    return set(done.values_list("integration_id", "object", "object_id"))


def _carry_over(previous: Plan, plan: Plan) -> None:
    before = {(row.integration_id, row.object, row.object_id): row for row in previous.lines.all()}
    for line in plan.lines.all():
        old = before.get((line.integration_id, line.object, line.object_id))
        if old and old.decision and old.candidate_id == line.candidate_id:
            line.decision, line.exemption = old.decision, old.exemption
            line.reason_sealed, line.decided_by = old.reason_sealed, old.decided_by
            line.save(update_fields=["decision", "exemption", "reason_sealed", "decided_by"])


def void_plans(case: Case) -> None:
    """What was planned and approved no longer holds. The rows stay: they are the record of what was done under them.

    A link to the package that was made by the plan ends with it.
    """
    now = timezone.now()
    HandOver.objects.filter(case=case, revoked_at=None).update(revoked_at=now)
    Approval.objects.filter(case=case, voided_at=None).update(voided_at=now)
    Plan.objects.filter(case=case, voided_at=None).update(voided_at=now)


def account_digest_of(plan: Plan) -> str:
    """SHA-256 over where this plan's connection leads to now: account and addresses."""
    return fingerprint.digest(_account(Connection.objects.get(pk=plan.case.connection_id)))


def _account(connection: Connection) -> dict[str, str]:
    return {
        "import_url": connection.import_url,
        "read_url": connection.read_url,
        "account": connection.account_id,
    }


def fingerprint_of(plan: Plan, *, connection: Connection | None = None) -> str:
    """SHA-256 over everything that an approval covers: connection, lines, identities, export and evidence.

    The connection is read anew, for it may have been edited since the plan's case was loaded; who has just read it
    gives it.
    """
    return fingerprint.digest(document_of(plan, connection or Connection.objects.get(pk=plan.case.connection_id)))


def document_of(plan: Plan, connection: Connection) -> dict[str, Any]:
    """The document behind the fingerprint: digests and ids, no personal data."""
    case = plan.case
    # Plain values: this is asked before every step, and a candidate's row holds all that is known of it.
    rows = list(plan.lines.values_list(*_LINE, *_IDENTITY))
    lines, concerned = [row[: len(_LINE)] for row in rows], {row[len(_LINE) :] for row in rows}
    if case.is_change:
        concerned |= set(plan.changes.values_list(*_IDENTITY))
    changed = {"changes": changes.bound(plan), "weighed": changes.weighed_digest(plan)} if case.is_change else {}
    return {
        "version": 1,
        "case": case.reference,
        "plan": plan.number,
        "ground": plan.ground,
        "connection": {
            **_account(connection),
            "revision": connection.revision,
            "integrations": sorted(connection.integrations.order_by().values_list("integration_id", flat=True)),
        },
        "lines": [list(line) for line in lines],
        "identities": [list(row) for row in sorted(concerned)],
        "identifiers": sorted(case.known_identifiers.order_by().values_list("keyed_hash", flat=True)),
        "export": plan.export.sha256 if plan.export else "",
        "evidence": plan.evidence.sha256 if plan.evidence else "",
        **changed,
    }
