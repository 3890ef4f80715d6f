"""What is in a package, and that it is whole."""

import hashlib
import io
import json
import zipfile
from typing import Any, BinaryIO, cast

import pytest

from dsr.exports import (
    ContactExport,
    EntryMissing,
    Manifest,
    PackageDamaged,
    build_package,
    check_package,
    list_entries,
    read_entry,
)
from tests.exports.cast import PRODUCTS, a_header, answered, came, hostile, linda, whole


def built(*contacts: ContactExport, **header: Any) -> tuple[io.BytesIO, Manifest]:
    target = io.BytesIO()
    manifest = build_package(target, header=a_header(**header), contacts=contacts, products=PRODUCTS)
    return target, manifest


class OneWay:
    """A target that can be written to and nothing else."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)


def test_every_file_is_as_its_manifest_says() -> None:
    package, manifest = built(linda(), hostile())
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[-1] == "manifest.json"
        written = archive.read("manifest.json")
        for file in manifest.files:
            content = archive.read(file.name)
            assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert [file.name for file in manifest.files] == names[:-1]
    document = json.loads(written)
    assert document["schema"] == "dsr-desk/export-manifest/1"
    assert document["reference"] == "DSR-2026-000142"
    assert [file["sha256"] for file in document["files"]] == [file.sha256 for file in manifest.files]
    assert all(file["what"] for file in document["files"])
    assert manifest.digest == hashlib.sha256(written).hexdigest()
    assert manifest.size == len(package.getvalue())
    assert manifest.sha256 == hashlib.sha256(package.getvalue()).hexdigest()


def test_it_holds_the_files_that_it_should() -> None:
    package, _ = built(linda())
    assert [entry.name for entry in list_entries(package)] == [
        "raw/contact-1004.json",
        *(
            f"tables/{name}.csv"
            for name in (
                *("contacts", "custom_fields", "tags", "orders", "line_items", "subscriptions"),
                *("events", "lists", "companies"),
            )
        ),
        "products.json",
        "report.html",
        "README.txt",
        "manifest.json",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        whole(linda()),
        b'{"data": {"a": 1,   "a": 2}}\r\n',
        b"<html>502</html>",
        b"\xff\xfe\x00",
        b"",
        b"null",
        b"[1, 2]",
        b'{"data": []}',
        b'{"data": {"id": ' + b"9" * 5_000 + b"}}",
        b'{"data": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"data": {"a": NaN, "orders": [{"total": Infinity}]}}',
    ],
)
def test_the_raw_answer_is_kept_to_the_byte_whatever_it_is(raw: bytes) -> None:
    package, _ = built(came(raw))
    assert read_entry(package, "raw/contact-1004.json") == raw
    assert b"report" in read_entry(package, "README.txt")


def test_an_answer_that_cannot_be_read_is_said_to_be_so() -> None:
    package, _ = built(came(b"<b>502</b>"))
    assert b"couldn&#x27;t be read" in read_entry(package, "report.html") or (
        b"couldn't be read" in read_entry(package, "report.html")
    )


def test_equal_input_gives_equal_bytes_and_a_target_need_not_seek() -> None:
    package, manifest = built(linda(), hostile())
    again, _ = built(linda(), hostile())
    one_way = OneWay()
    build_package(cast("BinaryIO", one_way), header=a_header(), contacts=[linda(), hostile()], products=PRODUCTS)
    assert package.getvalue() == again.getvalue() == one_way.data
    other, _ = built(linda(), hostile(), reference="DSR-2026-000143")
    assert hashlib.sha256(other.getvalue()).hexdigest() != manifest.sha256


def test_ids_make_no_paths_and_no_two_files_share_a_name() -> None:
    ids = [
        "../../etc/passwd",
        "a/b",
        "a_b",
        "a\\b",
        "A_B",
        "..",
        "",
        "x" * 300,
        "CON",
        "ä",
        "a_b",
        "\ud800",
        "\x00",
    ]
    package, _ = built(*(answered({}, contact_id=contact_id) for contact_id in ids))
    names = [entry.name for entry in list_entries(package) if entry.name.startswith("raw/")]
    assert len({name.lower() for name in names}) == len(ids)
    for name in names:
        assert name.count("/") == 1
        assert ".." not in name
        assert name.isascii()
        assert len(name) < 100
    assert "raw/contact-a_b.json" in names


def test_a_package_is_checked_against_its_manifest() -> None:
    package, manifest = built(linda())
    assert check_package(package) == manifest
    package.seek(5)
    assert check_package(package) == manifest


@pytest.mark.parametrize("change", ["swap", "add", "remove", "twice"])
def test_a_changed_package_is_found(change: str) -> None:
    package, _ = built(linda())
    changed = io.BytesIO()
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "tables/orders.csv":
                if change == "remove":
                    continue
                content = content.replace(b"4500", b"4501") if change == "swap" else content
            target.writestr(name, content)
        if change == "add":
            target.writestr("extra.txt", "x")
        if change == "twice":
            with pytest.warns(UserWarning, match="Duplicate"):
                target.writestr("README.txt", source.read("README.txt"))
    with pytest.raises(PackageDamaged, match="Make it again"):
        check_package(changed)


def test_broken_bytes_and_unknown_names_end_in_a_sentence() -> None:
    package, _ = built(linda())
    with pytest.raises(EntryMissing, match="no such file"):
        read_entry(package, "../manage.py")
    for broken in (b"", b"not a zip", package.getvalue()[:-200], b"x" * 20 + package.getvalue()[20:5_000]):
        with pytest.raises(PackageDamaged, match="Make it again"):
            check_package(io.BytesIO(broken))
    damaged = bytearray(package.getvalue())
    damaged[2_000:2_010] = b"\x00" * 10
    with pytest.raises(PackageDamaged, match="Make it again"):
        check_package(io.BytesIO(bytes(damaged)))
