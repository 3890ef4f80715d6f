"""The demo cast: two accounts of invented people, the same each time.

``acme1`` holds Linda Dare (contact 1004) and Tom Dare (2087), who share an address, a few hundred others
with orders, subscriptions, tags and events, and people whose names break software. ``acme2`` holds the id
collision: contact 1004 and invoice 26 exist in two of its integrations and belong to different people.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from .people import Place
from .store import Store

CROWD = 300

# Name, last name, email: whatever has broken a page, a PDF, a CSV or a log somewhere.
TROUBLE = [
    ("Jürgen", "Müller-Lüdenscheidt", "jürgen.müller@example.com"),
    ("Séamus", "O'Brien", "o'brien+news@example.com"),
    ("יעל", "כהן", "yael.cohen@example.com"),
    ("محمد", "الأحمد", "mohammed.alahmad@example.com"),
    ("Zoë 🦄", "👩‍👩‍👧‍👦 Family", "zoe.emoji@example.com"),
    ("Wolfeschlegelstein" * 16, "Hausenbergerdorff", "long.name@example.com"),
    ("<script>alert(1)</script>", "<b>Bold</b> & Söhne", "html@example.com"),
    ('=HYPERLINK("http://evil.example.com","x")', "@SUM(1+1)*cmd|' /C calc'!A0", "formula@example.com"),
    ("Bell\x07 Esc\x1b[31m", "Line\r\nBreak\tTab", "control@example.com"),
    ("Nul\x00Byte", "Override\u202eelpoeP", "nul@example.com"),
    ("Slash", "Path", "a/b@example.com"),
    ("Per", "Cent", "50%off@example.com"),
    ("Hash", "Tag", "c#dur@example.com"),
    ("Plus", "Sign", "plus+tag+more@example.com"),
    ("Question", "Mark", "what?now=1&x@example.com"),
    ("{{ request }}", "%(secret)s ${HOME}", "template@example.com"),
    ("李", "小龙", "li.xiaolong@example.com"),
    ("Null", "", "null@example.com"),
    ("", "", "no.name@example.com"),
    ("Ǆemal", "ﬁligree ẞ", "unicode.case@example.com"),
]

_FIRST = [
    "Ada",
    "Bruno",
    "Clara",
    "David",
    "Elif",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jakub",
    "Karin",
    "Lars",
    "Maja",
    "Nadia",
    "Oskar",
    "Paula",
    "Quentin",
    "Rosa",
    "Stefan",
    "Tessa",
    "Umut",
    "Vera",
    "Wim",
    "Xenia",
    "Yannick",
    "Zofia",
]
_LAST = [
    "Albers",
    "Bianchi",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Horvat",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Olsen",
    "Petrov",
    "Quist",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Ueda",
    "Virtanen",
    "Weber",
    "Yilmaz",
    "Zeller",
]
_TAGS = ["New Lead", "Newsletter", "2018 Holiday Special", "Platinum Customer", "Webinar", "Abandoned cart"]
_PRODUCTS = {"108": ("Round Tuit", 4500), "109": ("Uber Trinket", 500), "110": ("Marketing Blueprint", 19900),
             "201": ("Course: First Steps", 9900), "202": ("Course: Second Steps", 14900)}  # fmt: skip
_ON_SALE = {"int9": ("108", "109", "110"), "int12": ("201", "202")}
_SOURCES = [
    {"channel": "direct"},
    {"channel": "organic", "utm_source": "duckduckgo", "referrer": "duckduckgo.com"},
    {"channel": "social", "utm_source": "mastodon", "referrer": "mastodon.example.org"},
    {
        "channel": "paid",
        "utm_source": "fb",
        "utm_medium": "cpc",
        "utm_campaign": "Holiday",
        "ad_id": "559675251",
    },
    {"channel": "email", "utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "October"},
]
_RETARGETING = {
    "channel": "paid",
    "utm_source": "fb",
    "utm_medium": "cpc",
    "utm_campaign": "Retargeting",
    "utm_term": "WARM Retarget",
    "utm_content": "RT - Testimonial - J",
    "ad_id": "559675250",
    "referrer": "lifehacker.example.com",
}


def plant(store: Store) -> None:
    """Fill an empty store. Runs inside the caller's transaction."""
    shop, courses = Place(store, "acme1", "int9"), Place(store, "acme1", "int12")
    for place in (shop, courses):
        for product_id in _ON_SALE[place.integration]:
            place.save_product(product_id, *_PRODUCTS[product_id])
    _dares(shop)
    # One generator for all: the same seed gives the same cast. It guards nothing.
    rng = random.Random(1848)  # noqa: S311
    for number, person in enumerate(TROUBLE, start=1):
        _somebody(shop, rng, str(3000 + number), person)
    for number in range(1, CROWD + 1):
        place, base = (shop, 4000) if number % 3 else (courses, 7000)
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        email = f"{first}.{last}.{number}@example.com".lower()
        _somebody(place, rng, str(base + number), (first, last, email))
        if number % 50 == 1:  # a customer of the shop takes a course: one person, two integrations, two ids
            _somebody(courses, rng, str(7500 + number), (first, last, email))
    _collision(Place(store, "acme2", "int9"), Place(store, "acme2", "int12"), rng)


def _dares(shop: Place) -> None:
    linda = {
        "first_name": "Linda",
        "last_name": "Dare",
        "date_created": "2018-10-02 16:15:00",
        "last_updated": "2021-12-31 00:00:00",
        "custom_fields": {"City": "Mortimerville", "State": "UT", "Phone1": "780.555.3533"},
        "tags": [
            {"id": 115, "name": "marketing-blueprint", "date": "2018-10-03 11:20:00"},
            {"id": 3, "name": "New Lead", "date": "2018-10-02 16:15:00"},
            {"id": 6, "name": "Platinum Customer", "date": "2018-11-28 09:28:42"},
        ],
    }
    shop.save_contact("1004", "linda.dare@example.com", linda)
    first, last = datetime(2018, 10, 2, 16, 10, tzinfo=UTC), datetime(2021, 12, 31, tzinfo=UTC)
    pages = ("/top-page", "/pricing", "/round-tuit", "/checkout", "/blog/hello", "/account")
    for number in range(214):
        source = _RETARGETING if number == 0 else ({"channel": "direct"} if number % 40 == 0 else {})
        _visit(shop, "1004", first + (last - first) / 213 * number, pages[number % len(pages)], source)
    item = {"id": "894689", "name": "Round Tuit", "product_id": 108, "amount": 4500, "total_paid": 4500}
    invoice = {"id": "234115", "contact_id": "1004", "amount": 4500, "paid": 4500, "items": [item]}
    shop.save_sale("invoice", invoice, "2018-10-03 11:14:32")
    subscription = {
        "id": "7712",
        "contact_id": "1004",
        "amount": 1900,
        "product_id": "108",
        "name": "Round Tuit",
        "billing_cycle": "month",
        "frequency": 1,
        "start_date": "2018-11-03 11:14:32",
        "last_bill_date": "2021-12-03 11:14:32",
    }
    shop.save_sale("subscription", subscription, subscription["start_date"])
    shop.add_extra("list", "1004", {"list_id": "12", "name": "Newsletter", "date_created": "2018-10-02T16:15:00+00:00"})
    shop.add_extra("company", "1004", {"company_id": "77", "name": "Dare & Daughters Ltd"})

    joined = datetime(2026, 1, 20, 8, 2, 11, tzinfo=UTC)
    tom = {"first_name": "Tom", "last_name": "Dare", "date_created": joined, "tags": [_tag("New Lead", joined)]}
    shop.save_contact("2087", "linda.dare@example.com", tom | {"last_updated": "2026-02-02 07:00:00"})
    for day, path in ((20, "/"), (27, "/pricing"), (33, "/blog/hello")):
        seen = datetime(2026, 1, 1, 19, 30, tzinfo=UTC) + timedelta(days=day - 1)
        _visit(shop, "2087", seen, path, {"channel": "direct"})


def _collision(shop: Place, courses: Place, rng: random.Random) -> None:
    petra = ("Petra", "Vogel", "petra.vogel@example.com")
    _somebody(shop, rng, "1004", petra, "26")
    _somebody(courses, rng, "1004", ("Omar", "Haddad", "omar.haddad@example.com"), "26")
    _somebody(courses, rng, "1005", petra, "27")


def _somebody(
    place: Place, rng: random.Random, contact_id: str, person: tuple[str, str, str], invoice_id: str = ""
) -> None:
    """A contact with a past; ``person`` is first name, last name and email."""
    first, last, email = person
    created = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(5 * 365 * 24 * 60))
    active = timedelta(minutes=rng.randrange(60, 250 * 24 * 60))
    place.save_contact(
        contact_id,
        email,
        {
            "first_name": first,
            "last_name": last,
            "status": "active" if rng.random() < 0.9 else "inactive",
            "date_created": created,
            "last_updated": created + active,
            "custom_fields": {
                "City": rng.choice(("Ghent", "Porto", "Graz", "Turku")),
                "shirt_size": "Medium",
            },
            "tags": [_tag(name, created) for name in rng.sample(_TAGS, rng.randrange(0, 4))],
        },
    )
    source = rng.choice(_SOURCES)
    for number in range(rng.randrange(1, 12)):
        seen = created + active * rng.random() if number else created
        _visit(place, contact_id, seen, f"/page-{rng.randrange(9)}", source if number == 0 else {})
    for number in range(1 if invoice_id else rng.choice((0, 0, 1, 1, 2, 4))):
        when = created + active * rng.random()
        _order(place, rng, contact_id, invoice_id or f"{contact_id}{number:02d}", when)
    if rng.random() < 0.3:
        product_id = rng.choice(_ON_SALE[place.integration])
        bill = {"billing_cycle": "month", "frequency": 1, "amount": 1900, "product_id": product_id}
        dates = {"start_date": str(created), "last_bill_date": str(created + active)}
        named = {"id": f"8{contact_id}", "contact_id": contact_id, "name": _PRODUCTS[product_id][0]}
        place.save_sale("subscription", named | bill | dates, created)


def _tag(name: str, when: datetime) -> dict[str, Any]:
    return {"id": 3 + _TAGS.index(name), "name": name, "date": when}


def _order(place: Place, rng: random.Random, contact_id: str, invoice_id: str, when: datetime) -> None:
    on_sale = _ON_SALE[place.integration]
    chosen = rng.sample(on_sale, rng.randrange(1, len(on_sale) + 1))
    items = [{"name": _PRODUCTS[key][0], "product_id": key, "amount": _PRODUCTS[key][1]} for key in chosen]
    amount = sum(_PRODUCTS[key][1] for key in chosen)
    refunded = rng.random() < 0.05
    sale = {"id": invoice_id, "contact_id": contact_id, "amount": amount, "paid": amount, "items": items}
    place.save_sale("invoice", sale | {"is_refunded": int(refunded)}, when)


def _visit(place: Place, contact_id: str, when: datetime, path: str, source: dict[str, Any]) -> None:
    args = {name: value for name, value in source.items() if name.startswith("utm_") or name == "ad_id"}
    query = "&".join(f"{name}={str(value).replace(' ', '+')}" for name, value in args.items())
    page = f"https://shop.example.com{path}"
    place.add_event(
        contact_id,
        {
            "date_created": when,
            "ip_address": "2001:db8::17",
            "country_code": "BE",
            "city": "Ghent",
            "url": page,
            "full_url": f"{page}?{query}" if query else page,
            "host": "shop.example.com",
            "path": path,
            "args": args,
        }
        | source,
    )
