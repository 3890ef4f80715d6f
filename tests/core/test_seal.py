"""The organisation's certificate from its file: both formats, and a sentence for each way in which it can't be used."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from dsr import checks, env, seal
from dsr.stamping import Stamping
from tests.core.test_env import setting as setting  # noqa: PLC0414 - the fixture

NOW = dt.datetime.now(dt.UTC)
MADE = seal.make("Acme Ltd", now=NOW)
OTHER = seal.make("Other Ltd", now=NOW)


def as_pkcs12(password: bytes) -> bytes:
    key = serialization.load_pem_private_key(MADE.key, None)
    return pkcs12.serialize_key_and_certificates(
        b"acme", key, MADE.own_certificate, [OTHER.own_certificate],  # type: ignore[arg-type]
        serialization.BestAvailableEncryption(password),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (MADE.key + MADE.certificates, None),
        (OTHER.certificates + MADE.certificates + MADE.key, None),
        (as_pkcs12(b"open sesame"), b"open sesame"),
    ],
    ids=["pem", "pem in any order", "pkcs12"],
)
def test_it_loads(content: bytes, password: bytes | None) -> None:
    loaded = seal.load(content, password)
    assert loaded.fingerprint == MADE.fingerprint
    assert not loaded.self_made
    assert "PRIVATE" not in repr(loaded)


def test_what_is_unusable_is_told(tmp_path: Path) -> None:
    unfit = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content, password, words in (
        (b"nothing of the kind", None, "no PKCS#12 or PEM"),
        (as_pkcs12(b"right"), b"wrong", "password is wrong"),
        (MADE.key, None, "a private key and its certificate"),
        (MADE.key + OTHER.certificates, None, "no certificate for its key"),
        (unfit + MADE.certificates, None, "RSA or an elliptic-curve"),
    ):
        with pytest.raises(ValueError, match=words):
            seal.load(content, password)


def test_the_setting(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert env.read().seal is None

    file = tmp_path / "acme.p12"
    setting.setenv("DSR_SIGNING_CERTIFICATE", str(file))
    with pytest.raises(ImproperlyConfigured, match="can't be read"):
        env.read()

    file.write_bytes(as_pkcs12(b"hunter2"))
    with pytest.raises(ImproperlyConfigured, match="the password is wrong") as refusal:
        env.read()
    assert "hunter2" not in str(refusal.value)

    setting.setenv("DSR_SIGNING_PASSWORD", "hunter2")
    found = env.read().seal
    assert found
    assert found.fingerprint == MADE.fingerprint


def test_with_a_certificate_that_has_ended_the_site_starts(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = seal.make("Acme Ltd", now=NOW - dt.timedelta(days=4000))
    (tmp_path / "old.pem").write_bytes(old.key + old.certificates)
    setting.setenv("DSR_SIGNING_CERTIFICATE", str(tmp_path / "old.pem"))

    found = env.read().seal

    assert found
    assert found.ends_at < NOW


@pytest.mark.parametrize(
    ("days_left", "ids"), [(-1, ["dsr.W041"]), (1, ["dsr.W040"]), (29, ["dsr.W040"]), (31, []), (None, [])]
)
def test_its_end_is_told_beforehand(settings: Settings, days_left: int | None, ids: list[str]) -> None:
    made = None
    if days_left is not None:
        made = seal.make("Acme Ltd", now=NOW + dt.timedelta(days=days_left, hours=1) - dt.timedelta(days=3650))
    settings.ENV = dataclasses.replace(settings.ENV, seal=made)

    assert [row.id for row in checks.certificate_is_in_time()] == ids


def test_a_long_name_fits_in_the_certificate() -> None:
    made = seal.make("Ä" * 300, now=NOW)
    [name] = made.own_certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    assert name.value == "Ä" * 64
    assert made.own_certificate.fingerprint(hashes.SHA256()).hex() == made.fingerprint


def test_the_time_stamp_server(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert env.read().stamping is None

    (tmp_path / "ca.pem").write_bytes(MADE.certificates)
    (tmp_path / "key.pem").write_bytes(MADE.key)
    ca, key = str(tmp_path / "ca.pem"), str(tmp_path / "key.pem")
    for address, file, words in (
        ("", ca, "without DSR_TIMESTAMP_URL"),
        ("ftp://tsa.example.com", "", "Write it like"),
        ("tsa.example.com", "", "Write it like"),
        ("https://anna:hunter2@tsa.example.com:eighty/", "", "can't be read as an address"),
        ("http://tsa.example.com/tsr", "", "set DSR_TIMESTAMP_CA"),
        ("https://tsa.example.com/tsr", str(tmp_path / "none.pem"), "can't be read"),
        ("https://anna:hunter2@tsa.example.com/tsr", key, "no certificate"),
    ):
        setting.setenv("DSR_TIMESTAMP_URL", address)
        setting.setenv("DSR_TIMESTAMP_CA", file)
        with pytest.raises(ImproperlyConfigured, match=words) as refusal:
            env.read()
        assert "hunter2" not in str(refusal.value)

    setting.setenv("DSR_TIMESTAMP_URL", "http://anna:hunter2@tsa.example.com:8080/tsr?policy=1")
    setting.setenv("DSR_TIMESTAMP_CA", ca)
    found = env.read().stamping
    assert found
    assert (found.url, found.user, found.password) == (
        "http://tsa.example.com:8080/tsr?policy=1", "anna", "hunter2",
    )  # fmt: skip
    assert "hunter2" not in repr(env.read())


@pytest.mark.parametrize(("days_left", "ids"), [(-1, ["dsr.W042"]), (29, ["dsr.W042"]), (31, []), (None, [])])
def test_the_end_of_the_time_stamp_authority_is_told(settings: Settings, days_left: int | None, ids: list[str]) -> None:
    anchors = b""
    if days_left is not None:
        day = NOW + dt.timedelta(days=days_left, hours=1) - dt.timedelta(days=3650)
        anchors = seal.make("Example Time", now=day).certificates
    settings.ENV = dataclasses.replace(settings.ENV, stamping=Stamping("https://tsa.example.com", anchors=anchors))

    assert [row.id for row in checks.stamp_authority_is_in_time()] == ids
