"""The key with which documents are signed, and its certificate."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

_YEARS = 10
_LONGEST_NAME = 64  # of an organisation in a certificate (RFC 5280, Appendix A)


@dataclass(frozen=True)
class Seal:
    """A private key and its certificate with the chain above it, all PEM. The key never shows in a repr."""

    key: bytes = field(repr=False)
    certificates: bytes = field(repr=False)
    """The signer's own first, then those that issued it."""
    self_made: bool = False
    """Whether this installation issued the certificate to itself: it proves sameness, not who somebody is."""

    @property
    def own_certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.certificates)[0]

    @property
    def ends_at(self) -> dt.datetime:
        """Until when the signer's certificate is valid; what it signed before stays so."""
        return self.own_certificate.not_valid_after_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the signer's certificate, by which anybody can tell it."""
        return fingerprint_of(self.certificates)


def fingerprint_of(certificates: bytes) -> str:
    """SHA-256 (hex) of the first certificate of a PEM."""
    return x509.load_pem_x509_certificates(certificates)[0].fingerprint(hashes.SHA256()).hex()


def make(organisation: str, *, now: dt.datetime) -> Seal:
    """A new key with a certificate that it issued to itself, valid for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:_LONGEST_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, "DSR Desk, key of this installation"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Seal(key=_pem(key), certificates=certificate.public_bytes(serialization.Encoding.PEM), self_made=True)


def load(content: bytes, password: bytes | None) -> Seal:
    """From a PKCS#12 file, or from a PEM that holds the key and, below it, its certificate and those above that.

    Raises `ValueError` with a sentence where it is neither, the password is wrong, or key and certificate don't fit.
    """
    key, chain = _from_pem(content, password) if b"-----BEGIN" in content else _from_pkcs12(content, password)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("The key must be an RSA or an elliptic-curve key.")
    own = [row for row in chain if row.public_key() == key.public_key()]
    if not own:
        raise ValueError("It holds no certificate for its key.")
    above = [row for row in chain if row not in own]
    return Seal(
        key=_pem(key),
        certificates=b"".join(row.public_bytes(serialization.Encoding.PEM) for row in [own[0], *above]),
    )


def _from_pkcs12(content: bytes, password: bytes | None) -> tuple[object, list[x509.Certificate]]:
    try:
        key, own, above = pkcs12.load_key_and_certificates(content, password)
    except ValueError:
        raise ValueError("It is no PKCS#12 or PEM file, or the password is wrong.") from None
    return key, [*([own] if own else []), *above]


def _from_pem(content: bytes, password: bytes | None) -> tuple[object, list[x509.Certificate]]:
    try:
        key = serialization.load_pem_private_key(content, password)
        return key, x509.load_pem_x509_certificates(content)
    except (ValueError, TypeError):
        raise ValueError("The PEM must hold a private key and its certificate; or the password is wrong.") from None


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
