"""The export package of a request: built from the vendor's answers, and read in place.

Pure: dataclasses in, a ZIP out. It knows no Django models and no client. `build` writes a package, `reading`
opens one.
"""

from dsr.exports.build import build_package
from dsr.exports.reading import (
    Entry,
    Table,
    as_json_text,
    as_table,
    check_package,
    list_entries,
    opened_entry,
    read_entry,
    walk_entry,
)
from dsr.exports.records import (
    ContactExport,
    EntryMissing,
    Manifest,
    ManifestFile,
    PackageDamaged,
    PackageHeader,
)
from dsr.exports.report import report_policy

__all__ = [
    "ContactExport",
    "Entry",
    "EntryMissing",
    "Manifest",
    "ManifestFile",
    "PackageDamaged",
    "PackageHeader",
    "Table",
    "as_json_text",
    "as_table",
    "build_package",
    "check_package",
    "list_entries",
    "opened_entry",
    "read_entry",
    "report_policy",
    "walk_entry",
]
