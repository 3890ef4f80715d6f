"""After a purge: read the database's files and all others as an intruder would, who even has the keys.

Nothing of the person is there: not in the clear in any usual encoding, not as a keyed hash that somebody with the
search key could guess at, not sealed beside a key that could open it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pypdfium2
import pytest
from django.conf import settings
from django.db import connection as database
from psycopg import sql

from dsr import crypto
from tests.path.afterlife import PERSON

pytestmark = pytest.mark.xdist_group("after_purge")

START = """
import pathlib, sys, django
django.setup()
from tests.path import afterlife
afterlife.main(pathlib.Path(sys.argv[1]))
"""
ROOT = Path(__file__).resolve().parents[2]
IS_SQLITE = database.vendor == "sqlite"
on_sqlite = pytest.mark.skipif(not IS_SQLITE, reason="reads the file of an SQLite database")
on_postgresql = pytest.mark.skipif(IS_SQLITE, reason="reads the catalogue and the heap of PostgreSQL")


def walk(folder: Path, database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(folder)],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DSR_DATA_DIR": str(folder / "data"),
            "DATABASE_URL": database_url,
            "DSR_VERIFY_DELAYS": "0",
            "DSR_JOB_RETRY_DELAYS": "0,0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def purged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of an installation whose two cases, an erasure and an access request, were purged."""
    folder = tmp_path_factory.mktemp("afterlife")
    if IS_SQLITE:
        walk(folder, f"sqlite:///{folder / 'data' / 'dsr.sqlite3'}")
        yield folder
        return
    name = f"afterlife_{os.getpid()}"
    with server("postgres") as postgres:
        postgres.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        # The server has other databases too, and somebody there is in the middle of something all the while.
        with server("postgres") as postgres, postgres.transaction():
            postgres.execute("SELECT txid_current()")
            walk(folder, re.sub(r"/[^/]*$", f"/{name}", os.environ["DATABASE_URL"]))
        (folder / "name").write_text(name)
        yield folder
    finally:
        with server("postgres") as postgres:
            postgres.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def server(name: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(re.sub(r"/[^/]*$", f"/{name}", os.environ["DATABASE_URL"]), autocommit=True)


def encoded(text: str) -> Iterator[bytes]:
    """The text as it may stand in a file: plain, as UTF-16, as hex, as base64 at each of its three offsets."""
    for raw in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
        yield raw.lower()
        yield raw.hex().encode()
        for offset in range(3):
            # Only whole groups of the text itself: what comes before and after it would colour the outer ones.
            coded = base64.b64encode(b"\x00" * offset + raw)
            yield coded[4 if offset else 0 : len(coded) // 4 * 4 - 4].lower()


def keyed(text: str) -> Iterator[bytes]:
    """Every digest that the product could have made of it under the search key."""
    key = settings.ENV.search_key
    for kind, fold in (("email", True), ("external_id", False)):
        yield crypto.keyed_hash(key, text, purpose=kind, fold_case=fold).encode()
    yield hmac.new(key, b"reason\x00" + text.encode(), hashlib.sha256).hexdigest().encode()


def traces_in(raw: bytes, stored: dict[str, str], *, sealed_too: bool = True) -> set[str]:
    """What of the person stands in these bytes."""
    low = raw.lower()
    found = {f"{what} in the clear" for what, text in PERSON.items() if any(form in low for form in encoded(text))}
    found |= {f"{what} as a keyed hash" for what, text in PERSON.items() if any(form in low for form in keyed(text))}
    for what, value in stored.items():
        if sealed_too or "_sealed" not in what:
            found |= {what} if bytes.fromhex(value) in raw else set()
    return found


def stored_in(folder: Path) -> dict[str, str]:
    stored: dict[str, str] = json.loads((folder / "stored.json").read_text())
    assert len(stored) > 25
    return stored


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@on_sqlite
def test_the_raw_database_and_its_log_hold_nothing_of_the_person(purged: Path) -> None:
    stored = stored_in(purged)
    before = traces_in(files_of(purged / "before"), stored)
    rows = {what for what in stored if "file of" not in what}
    assert before >= rows, "the search finds what is there"
    assert traces_in(files_of(purged / "uncut"), stored), "until it is cut, the write-ahead log holds the old pages"
    assert (purged / "cut" / "dsr.sqlite3").stat().st_size > 100_000
    assert traces_in(files_of(purged / "cut"), stored) == set()


def test_no_file_of_the_installation_holds_anything(purged: Path) -> None:
    files = [path for path in (purged / "data").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert traces_in(path.read_bytes(), stored_in(purged)) == set(), path.name
        assert traces_in(str(path.relative_to(purged)).encode(), stored_in(purged)) == set()
    kept = [path for path in files if path.parent.parent.name == "files"]
    assert len(kept) == 1, "the certificate, and no other file"


def test_the_certificate_is_given_out_as_it_was_and_names_nobody(purged: Path) -> None:
    said = json.loads((purged / "said.json").read_text())
    pdf = (purged / "certificate.pdf").read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == said["digest"]
    with pypdfium2.PdfDocument(pdf) as document:
        text = " ".join(page.get_textpage().get_text_range() for page in document)
        about = " ".join(document.get_metadata_dict().values())
    text = re.sub(r"\s+", " ", text)
    assert said["reference"] in text
    assert "1004" in text
    assert traces_in(text.encode() + about.encode(), stored_in(purged)) == set()
    assert traces_in(pdf, stored_in(purged)) == set()


LEFT = {
    "the key": ("key", "INSERT INTO dsr_casekey (case_id, wrapped) VALUES (1, :value)"),
    "a name": ("Case.subject_name_sealed 1", "UPDATE dsr_case SET subject_name_sealed = :value"),
    "a digest of a contact": ("Candidate.identity_digest 1", "UPDATE dsr_candidate SET identity_digest = :value"),
    "what a contact holds": ("Candidate.holdings_digest 1", "UPDATE dsr_candidate SET holdings_digest = :value"),
    "a description": ("PlanLine.description_sealed", "UPDATE dsr_planline SET description_sealed = :value"),
    "a reason of a hold": ("LegalHold.reason_sealed 1", "UPDATE dsr_legalhold SET reason_sealed = :value"),
    "a redaction": (
        "access: Redaction.content_sealed",
        "INSERT INTO dsr_redaction (case_id, content_sealed, added_by_id, added_at) VALUES (2, :value, 1, '2026')",
    ),
    "a letter": ("OutgoingLetter.body_sealed 1", "UPDATE dsr_outgoingletter SET body_sealed = :value"),
    "an address": ("OutgoingLetter.address_sealed 1", "UPDATE dsr_outgoingletter SET address_sealed = :value"),
    "a recipient's answer": (
        "RecipientNotice.answer_sealed 1",
        "UPDATE dsr_recipientnotice SET answer_sealed = :value",
    ),
    "a file's name": ("Document.name_sealed 1", "UPDATE dsr_document SET name_sealed = :value"),
}


@on_sqlite
@pytest.mark.parametrize("what", LEFT)
def test_the_search_would_see_a_single_thing_that_was_left(purged: Path, tmp_path: Path, what: str) -> None:
    name, statement = LEFT[what]
    stored = stored_in(purged)
    name = next(key for key in stored if key.startswith(name))
    value = bytes.fromhex(stored[name])
    (tmp_path / "dsr.sqlite3").write_bytes((purged / "cut" / "dsr.sqlite3").read_bytes())
    with closing(sqlite3.connect(tmp_path / "dsr.sqlite3")) as copy, copy:
        copy.execute(statement, {"value": value.decode() if "digest" in name else value})
    assert name in traces_in(files_of(tmp_path), stored)


def test_the_search_sees_each_encoding() -> None:
    for text in PERSON.values():
        for raw in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
            for form in (raw, raw.hex().encode(), *(base64.b64encode(b"abc"[:n] + raw + b"xyz") for n in range(3))):
                assert traces_in(b"before" + form + b"after", {}), (text, form)


@on_postgresql
def test_no_column_of_any_table_holds_anything(purged: Path) -> None:
    stored = stored_in(purged)
    columns = """
        SELECT table_schema, table_name, column_name FROM information_schema.columns
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    """
    seen = 0
    with server((purged / "name").read_text()) as postgres:
        for schema, table, column in postgres.execute(columns).fetchall():
            query = sql.SQL("SELECT {} FROM {}").format(
                sql.Identifier(str(column)), sql.Identifier(str(schema), str(table))
            )
            for (value,) in postgres.execute(query):
                raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                assert traces_in(raw, stored) == set(), f"{table}.{column}"
                seen += 1
    assert seen > 1000


@on_postgresql
def test_every_table_that_held_something_sealed_of_a_person_is_vacuumed(purged: Path) -> None:
    """What a purge empties would else stand in its pages for as long as nobody else vacuums."""
    asked = """
        SELECT DISTINCT relname, last_vacuum IS NOT NULL FROM pg_stat_user_tables
        JOIN information_schema.columns ON table_name = relname WHERE column_name LIKE '%sealed'
    """
    with server((purged / "name").read_text()) as postgres:
        vacuumed = {str(table): bool(was) for table, was in postgres.execute(asked)}
    of_no_case = {"dsr_credential", "dsr_tagrun", "dsr_webhook"}
    assert of_no_case < vacuumed.keys()
    assert {table for table, was in vacuumed.items() if not was} <= of_no_case


@on_postgresql
def test_the_heap_holds_no_key_and_no_keyed_hash(purged: Path) -> None:
    """Where the server's own files can be read. Sealed bytes may stand in a page for a while; no key opens them."""
    with server((purged / "name").read_text()) as postgres:
        postgres.execute("CHECKPOINT")
        (place,) = postgres.execute("SHOW data_directory").fetchone() or ("",)
        paths = [
            Path(str(place)) / str(path)
            for (path,) in postgres.execute(
                "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't') AND relnamespace"
                " NOT IN (SELECT oid FROM pg_namespace WHERE nspname = 'information_schema')"
            )
            if path
        ]
    readable = [path for path in paths if os.access(path, os.R_OK)]
    if not readable:
        pytest.skip("the server's files can't be read from here")
    for path in readable:
        assert traces_in(path.read_bytes(), stored_in(purged), sealed_too=False) == set(), path
