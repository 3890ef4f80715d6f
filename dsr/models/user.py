"""Staff who work with the desk. They sign in by email; the audit log knows them by their staff reference only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from dsr.models.notification import Notification


class UserManager(BaseUserManager["User"]):
    """Makes users. A password is set by its owner through a mailed link; `password` here is for tests and the demo."""

    def create_user(self, *, email: str, full_name: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), full_name=full_name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff. What they may do comes from their groups' names (`permissions.Role`), never from a flag."""

    notifications: RelatedManager[Notification]

    email = models.EmailField(_("e-mail"), unique=True)
    full_name = models.CharField(_("name"), max_length=150)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    queue = models.JSONField(null=True, editable=False)
    """How they look at the list of requests, read by `selectors/queue.py`: columns, filters, references shown last."""

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["full_name"]

    def __str__(self) -> str:
        return self.full_name or self.staff_reference

    @property
    def staff_reference(self) -> str:
        """The pseudonym that the audit log and certificates carry."""
        return f"U-{self.pk:04d}"

    def get_short_name(self) -> str:
        return self.full_name
