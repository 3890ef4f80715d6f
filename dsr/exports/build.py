"""Build the package of a request: the raw answers, tables, a page to read, and a manifest over them all."""

import json
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from django.utils import translation
from django.utils.translation import gettext as _

from dsr.evidence.templates import render
from dsr.exports.answer import read_answer
from dsr.exports.archive import Archive
from dsr.exports.naming import safe_names
from dsr.exports.records import MANIFEST, PRODUCTS, SCHEMA, ContactExport, Manifest, PackageHeader
from dsr.exports.report import Reading, read_report
from dsr.exports.tables import tables_of, write_table


def build_package(
    target: BinaryIO,
    *,
    header: PackageHeader,
    contacts: Sequence[ContactExport],
    products: Mapping[str, str],
) -> Manifest:
    """Write the package of a request as a ZIP to `target`, and say what went in.

    `target` is written from front to back, needs no seeking and is left open. Equal arguments give equal
    bytes. `products` names the catalogue's products by their id. No value in an answer makes this fail: what
    can't be understood is shown as it came.
    """
    with translation.override(header.language):
        return _build(target, header=header, contacts=contacts, products=products)


def _build(
    target: BinaryIO,
    *,
    header: PackageHeader,
    contacts: Sequence[ContactExport],
    products: Mapping[str, str],
) -> Manifest:
    archive = Archive(target, made_at=header.made_at)
    answers = []
    for contact, name in zip(contacts, safe_names(contact.contact_id for contact in contacts), strict=True):
        path = f"raw/contact-{name}.json"
        archive.add(path, contact.raw(), what=_("The answer about one contact, exactly as it came"))
        answers.append(read_answer(contact, raw_name=path))
    for table in tables_of(answers):
        archive.add(f"tables/{table}.csv", write_table(table, answers), what=table_title(table))
    archive.add(PRODUCTS, [_products_bytes(products)], what=_("Names of the products in the catalogue, by their id"))
    report = read_report(header=header, answers=answers, reading=Reading(products=products, meanings={})).as_html()
    archive.add("report.html", [report.encode("utf-8")], what=_("The same data as a page to read"))
    readme = render("export/README.txt", {"header": header, "files": archive.files}, language=header.language)
    archive.add("README.txt", [readme.encode("utf-8")], what=_("What each file is"))
    digest = archive.add(MANIFEST, [_manifest_bytes(header, archive)], what="")
    archive.close()
    return Manifest(
        schema=SCHEMA,
        reference=header.reference,
        made_at=header.made_at,
        files=tuple(archive.files[:-1]),
        digest=digest,
        size=archive.size,
        sha256=archive.sha256,
    )


def table_title(name: str) -> str:
    """What a table holds, in a few words of the active language."""
    return {
        "contacts": _("Name, e-mail address and other fields of the contact"),
        "custom_fields": _("Fields that the organisation added"),
        "tags": _("Labels that were put on the contact"),
        "orders": _("Purchases"),
        "line_items": _("What each purchase consisted of"),
        "subscriptions": _("Subscriptions"),
        "events": _("Visits and other events, each with all its details"),
        "lists": _("Mailing lists"),
        "companies": _("Companies"),
        "further_lists": _("Long lists that the vendor doesn't document, each entry with the name of its list"),
    }[name]


def _products_bytes(products: Mapping[str, str]) -> bytes:
    return (json.dumps(dict(products), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode("utf-8", "replace")


def _manifest_bytes(header: PackageHeader, archive: Archive) -> bytes:
    document = {
        "schema": SCHEMA,
        "reference": header.reference,
        "account_id": header.account_id,
        "made_at": header.made_at.isoformat(),
        "files": [
            {"name": file.name, "size": file.size, "sha256": file.sha256, "what": file.what} for file in archive.files
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
