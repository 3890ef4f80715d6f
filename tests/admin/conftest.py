"""The same browsers as for the other pages."""

from tests.views.conftest import _static_root, sign_in

__all__ = ["_static_root", "sign_in"]
