"""The catalogue of products."""

from datetime import UTC, date, datetime
from typing import TypeAlias

from ..errors import NotFound, UsageError
from ..models import Extend, PriceSent, Product
from ..pagination import Pages
from ._base import Resource, parse
from .reports import Reports

# Named here: inside the class, ``list`` is the method.
Catalogue: TypeAlias = list[Product]

_PAGE = 100
_SINCE = date(2000, 1, 1)  # before any product that could be in the account


class Products(Resource):
    """``segmetrics.products``. The list and the price are ASSUMED; adding and renaming is documented."""

    def list(self, *, max_pages: int = 50) -> Catalogue:
        """The catalogue; where the service has no such call, the products that stand in people's orders.

        Looks through ``max_pages`` pages of 100 at most. Raises NotFound where the account is wrong.
        """
        try:
            return self._catalogue(max_pages)
        except NotFound:
            return self._from_orders(max_pages)

    def create(self, product_id: str, *, name: str) -> None:
        """Add a product, or rename the one with this id."""
        self._put("create product", product_id, name, None)

    def set_price(self, product_id: str, *, cents: int, name: str | None = None) -> PriceSent:
        """Send a price, in whole cents. The service may ignore it without a word: it is *sent*, not proven.

        The call carries the name as well, and would rename: it is looked up where it isn't given.
        """
        action = "update product price"
        if isinstance(cents, bool) or not isinstance(cents, int) or cents < 0:
            raise UsageError("A price is a whole number of cents, and not below zero.", action=action)
        if name is None:
            name = next((product.name for product in self.list() if product.id == product_id), None)
        if name is None:
            raise UsageError("No product with that id was found. Give its name as well.", action=action)
        self._put(action, product_id, name, cents)
        return PriceSent(product_id=product_id, cents=cents)

    def _put(self, action: str, product_id: str, name: str, cents: int | None) -> None:
        if not product_id or not name:
            raise UsageError("A product needs an id and a name.", action=action)
        price = {} if cents is None else {"price": cents}
        self._change(action, "product", body={"id": product_id, "name": name} | price)

    def _catalogue(self, max_pages: int) -> Catalogue:
        pages = Pages(
            lambda number: self._read("list products", "products", params={"page": str(number), "limit": str(_PAGE)}),
            max_pages=max_pages,
        )
        return [parse(reply, Product, item) for reply, item in pages]

    def _from_orders(self, max_pages: int) -> Catalogue:
        today = datetime.now(UTC).date()
        people = Reports(self._session, None).contacts(
            "revenue", start=_SINCE, end=today, extend=Extend.ORDERS, max_pages=max_pages
        )
        lines = (line for person in people for order in person.orders for line in order.line_items)
        named = {line.product_id: line.product_name for line in lines if line.product_id}
        return [Product(id=key, name=name, origin="orders") for key, name in sorted(named.items())]
