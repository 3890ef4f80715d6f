"""Invoices, which the read side calls orders."""

from ..models import Deleted
from ..updates import NewInvoice
from ._base import Resource


class Invoices(Resource):
    """``segmetrics.invoices``"""

    def add(self, invoice: NewInvoice) -> None:
        """Add an invoice, or change the one with the same id."""
        self._change("add invoice", "invoice", body=invoice.body())

    def delete(self, invoice_id: str) -> Deleted:
        """Delete one invoice for good. Raises UnsafeDelete, NotFound, UnexpectedAnswer as for a contact."""
        return self._delete("invoice", invoice_id)
