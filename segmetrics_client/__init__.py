"""A typed client for the SegMetrics HTTP API.

    from segmetrics_client import ApiKey, Extend, SegMetrics

    with SegMetrics(account_id="a1b2c3", integration_id="int9", auth=ApiKey("...")) as segmetrics:
        for contact in segmetrics.contacts.search(email="linda@example.com", extend=Extend.ALL):
            print(contact.contact_id, contact.full_name)

``errors`` has the tree of everything that can go wrong.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .auth import ApiKey, Auth, OAuth2, PostForm, Token, TokenStore
from .client import SegMetrics
from .clock import Clock
from .errors import (
    ActionNotAllowed,
    AnswerError,
    AnswerTooLarge,
    BadRequest,
    ConnectionDropped,
    ContactNotFound,
    InvalidIdentifier,
    InvalidSetting,
    MissingIntegration,
    NotFound,
    RateLimited,
    RekeyRefused,
    SegMetricsError,
    ServerError,
    Timeout,
    TransportFailed,
    Unauthorized,
    UnexpectedAnswer,
    UnsafeDelete,
    UsageError,
)
from .pacing import Pace
from .retry import RetryPolicy
from .session import Call
from .sign_in import SignIn

if TYPE_CHECKING:
    from .models import (
        AttributionReport,
        Contact,
        Deleted,
        Event,
        Extend,
        LeadSource,
        LineItem,
        Order,
        PriceSent,
        Product,
        SavedReport,
        Subscription,
        Tag,
    )
    from .resources.contacts import Download, RawAnswer
    from .resources.reports import ReportContacts
    from .updates import ContactUpdate, NewInvoice, NewItem, NewSubscription, TagRef

__all__ = [
    "ActionNotAllowed",
    "AnswerError",
    "AnswerTooLarge",
    "ApiKey",
    "AttributionReport",
    "Auth",
    "BadRequest",
    "Call",
    "Clock",
    "ConnectionDropped",
    "Contact",
    "ContactNotFound",
    "ContactUpdate",
    "Deleted",
    "Download",
    "Event",
    "Extend",
    "InvalidIdentifier",
    "InvalidSetting",
    "LeadSource",
    "LineItem",
    "MissingIntegration",
    "NewInvoice",
    "NewItem",
    "NewSubscription",
    "NotFound",
    "OAuth2",
    "Order",
    "Pace",
    "PostForm",
    "PriceSent",
    "Product",
    "RateLimited",
    "RawAnswer",
    "RekeyRefused",
    "ReportContacts",
    "RetryPolicy",
    "SavedReport",
    "SegMetrics",
    "SegMetricsError",
    "ServerError",
    "SignIn",
    "Subscription",
    "Tag",
    "TagRef",
    "Timeout",
    "Token",
    "TokenStore",
    "TransportFailed",
    "Unauthorized",
    "UnexpectedAnswer",
    "UnsafeDelete",
    "UsageError",
]

# The models need pydantic, which takes longer to import than all the rest of this package: so at first use.
_LAZY = {
    **dict.fromkeys(("ContactUpdate", "NewInvoice", "NewItem", "NewSubscription", "TagRef"), ".updates"),
    "Download": ".resources.contacts",
    "RawAnswer": ".resources.contacts",
    "ReportContacts": ".resources.reports",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_LAZY.get(name, ".models"), __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
