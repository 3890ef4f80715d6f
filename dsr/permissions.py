"""Who may do what. Roles are groups, checked by name: a superuser flag opens nothing here."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Permission
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.exceptions import NotAllowed
from dsr.models import Approval, Case, CaseActor, Safeguards, User


class Role(TextChoices):
    """The values are the names of the groups, which a migration creates."""

    PRIVACY_OFFICER = "Privacy officer", gettext_lazy("Privacy officer")
    APPROVER = "Approver", gettext_lazy("Approver")
    AUDITOR = "Auditor", gettext_lazy("Auditor")
    ADMINISTRATOR = "Administrator", gettext_lazy("Administrator")


class Right(TextChoices):
    """Rights of their own, given to groups: reading personal data in place, and taking it away."""

    READ_CONTENTS = "read_contents", gettext_lazy("Can read exports and letters in place")
    DOWNLOAD_CONTENTS = "download_contents", gettext_lazy("Can download exports, letters and evidence")


# Recovery codes alone are none: they stand in for one of these.
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

READS_CASES = (Role.PRIVACY_OFFICER, Role.APPROVER, Role.AUDITOR)
USES_CONTACTS = (Role.PRIVACY_OFFICER,)
"""Who may look up and change contacts outside of a request; the right to read contents is needed too."""
USES_CATALOGUE = (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
"""Who may use products and SegMetrics' reports: no person stands in them."""
READS_REPORTS = (Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR)


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """The roles of an active user; none for anybody else."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    return frozenset(user.groups.values_list("name", flat=True)) & frozenset(Role.values)


def has_role(user: User | AnonymousUser, *roles: Role) -> bool:
    """Whether the user holds one of these roles."""
    return bool(roles_of(user) & {str(role) for role in roles})


def raise_if_not(user: User | AnonymousUser, *roles: Role) -> None:
    """Raise `NotAllowed` unless the user holds one of these roles."""
    if not has_role(user, *roles):
        wanted = " / ".join(str(role.label) for role in roles)
        raise NotAllowed(_("This needs the role %(roles)s. Ask an administrator.") % {"roles": wanted})


def has_right(user: User | AnonymousUser, right: Right) -> bool:
    """Whether one of the user's groups carries the right (never by being a superuser)."""
    return bool(roles_of(user)) and (
        Permission.objects.filter(codename=right.value, content_type__app_label="dsr", group__user=user.pk).exists()
    )


def has_approved(*, case: Case, user: User) -> bool:
    """Whether this person approved what is still to be done in the case."""
    return not case.is_closed and Approval.objects.filter(case=case, approver=user, voided_at=None).exists()


def record_actor(*, case: Case, user: User, act: str) -> None:
    """Remember that this person had a hand in the case, which bars them from approving it.

    Raises `NotAllowed` for whoever approved what is still to be done: it would take the second person from it.
    """
    if has_approved(case=case, user=user):
        raise NotAllowed(
            _("You approved what is to be done in this case. Until it is done, somebody else works on it.")
        )
    CaseActor.objects.get_or_create(case=case, user=user, act=act, defaults={"at": timezone.now()})


def had_a_hand(*, case: Case, user: User | AnonymousUser) -> bool:
    """Whether this person filed the case, decided on its matches or lines, or prepared a plan."""
    if user.pk is None:
        return False
    return case.filed_by_id == user.pk or CaseActor.objects.filter(case=case, user_id=user.pk).exists()


def raise_if_had_a_hand(*, case: Case, user: User) -> None:
    """Four-eyes approval: refuse whoever worked on the case."""
    if had_a_hand(case=case, user=user):
        raise NotAllowed(_("You worked on this case, so you can't approve its deletion. A second person has to."))


def has_factor(user: User | AnonymousUser) -> bool:
    """Whether this person has set up a second factor: an app for codes, or a security key."""
    return user.pk is not None and Authenticator.objects.filter(user_id=user.pk, type__in=_FACTORS).exists()


def needs_factor(roles: frozenset[str]) -> bool:
    """Whether one of these roles needs a second factor to work at all."""
    return bool(roles) and not roles.isdisjoint(Safeguards.current().mfa_roles)


def approving_needs_factor() -> bool:
    """In production always; elsewhere when the role Approver needs a second factor."""
    return settings.ENV.is_production or Role.APPROVER in Safeguards.current().mfa_roles


def lacks_factor_to_approve(user: User) -> bool:
    """Whether this person's approval would rest on a password alone where that isn't enough."""
    return approving_needs_factor() and not has_factor(user)


def raise_if_no_factor(user: User) -> None:
    """Refuse to let somebody approve by a password alone."""
    if lacks_factor_to_approve(user):
        raise NotAllowed(
            _("Approving needs a second factor. Set one up under “Preferences”, “Sign-in security”, then approve.")
        )


def eligible_approvers(case: Case) -> list[User]:
    """Active approvers who had no hand in the case, and who have a second factor where approving needs one."""
    barred = CaseActor.objects.filter(case=case).values("user_id")
    approvers = (
        User.objects.filter(is_active=True, groups__name=Role.APPROVER)
        .exclude(pk__in=barred)
        .exclude(pk=case.filed_by_id)
        .distinct()
    )
    if approving_needs_factor():
        approvers = approvers.filter(pk__in=Authenticator.objects.filter(type__in=_FACTORS).values("user_id"))
    return list(approvers)
