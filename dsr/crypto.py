"""Encryption at rest: one data key per case, wrapped by the master key; chunked files; keyed search hashes.

AES-256-GCM throughout (`cryptography`). Each sealed value is bound to its place by `context`, so that bytes moved to
another row or file don't open. Files are sealed in chunks (the STREAM construction: a counter and a last-chunk mark in
the nonce), so that they may be larger than memory and a cut file is noticed.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import struct
import unicodedata
from collections.abc import Iterator
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.translation import gettext as _

from dsr.exceptions import Unreadable

KEY_BYTES = 32
CHUNK_BYTES = 256 * 1024
_NONCE_BYTES = 12
_TAG_BYTES = 16
_PREFIX_BYTES = 7
_MAGIC = b"DSR1"


def new_key() -> bytes:
    """A fresh random 256-bit key."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, value: bytes, *, context: str) -> bytes:
    """Encrypt a short value. `context` says where it belongs and must be given again to open it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, context.encode())


def unseal(key: bytes, sealed: bytes | memoryview, *, context: str) -> bytes:
    """Decrypt what `seal` made. Raises `Unreadable` for another key, another context or changed bytes."""
    sealed = bytes(sealed)
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        raise Unreadable(_("A stored value can't be opened: the key is another one, or it was changed.")) from None


def _nonce(prefix: bytes, counter: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", counter, int(last))


class SealingWriter:
    """A write-only binary stream that encrypts into `target` in chunks, and digests the plain bytes on the way.

    Call `finish()` to seal the last chunk; without it the file doesn't open. `sha256` and `size` are of the plain
    bytes.
    """

    def __init__(self, target: BinaryIO, key: bytes, *, context: str) -> None:
        self._target = target
        self._cipher = AESGCM(key)
        self._context = context.encode()
        self._prefix = secrets.token_bytes(_PREFIX_BYTES)
        self._buffer = bytearray()
        self._counter = 0
        self._digest = hashlib.sha256()
        self.size = 0
        target.write(_MAGIC + self._prefix)

    def write(self, data: bytes) -> int:
        """Take plain bytes."""
        self._buffer += data
        self._digest.update(data)
        self.size += len(data)
        while len(self._buffer) > CHUNK_BYTES:
            self._emit(bytes(self._buffer[:CHUNK_BYTES]), last=False)
            del self._buffer[:CHUNK_BYTES]
        return len(data)

    def _emit(self, chunk: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._prefix, self._counter, last=last), chunk, self._context))
        self._counter += 1

    def finish(self) -> None:
        """Seal what is left as the last chunk."""
        self._emit(bytes(self._buffer), last=True)
        self._buffer.clear()

    @property
    def sha256(self) -> str:
        """SHA-256 of the plain bytes so far, as hex."""
        return self._digest.hexdigest()

    def flush(self) -> None:
        """Nothing to do: chunks are written when they are full. Here because `zipfile` calls it."""


def unseal_chunks(source: BinaryIO, key: bytes, *, context: str) -> Iterator[bytes]:
    """The plain chunks of a sealed file. Raises `Unreadable` where it was cut, changed or isn't one of ours."""
    refused = Unreadable(_("A stored file can't be opened: the key is another one, or it was changed or cut."))
    head = source.read(len(_MAGIC) + _PREFIX_BYTES)
    if len(head) != len(_MAGIC) + _PREFIX_BYTES or not head.startswith(_MAGIC):
        raise refused
    prefix = head[len(_MAGIC) :]
    cipher = AESGCM(key)
    counter = 0
    chunk = source.read(CHUNK_BYTES + _TAG_BYTES)
    while True:
        following = source.read(CHUNK_BYTES + _TAG_BYTES)
        last = not following
        try:
            yield cipher.decrypt(_nonce(prefix, counter, last=last), chunk, context.encode())
        except (InvalidTag, ValueError):
            raise refused from None
        if last:
            return
        chunk = following
        counter += 1


class SealedFile(io.RawIOBase):
    """A sealed file to read from anywhere in it, one chunk in memory at a time; closing it closes the source.

    Raises `Unreadable` where it isn't one of ours, and at the chunk that was cut or changed: unlike with
    `unseal_chunks`, what isn't read isn't checked, but that the last chunk is the last one.
    """

    def __init__(self, source: BinaryIO, key: bytes, *, context: str) -> None:
        super().__init__()
        self._source, self._cipher, self._context = source, AESGCM(key), context.encode()
        head = source.read(len(_MAGIC) + _PREFIX_BYTES)
        body = source.seek(0, io.SEEK_END) - len(_MAGIC) - _PREFIX_BYTES
        self._prefix = head[len(_MAGIC) :]
        self._count = max(1, -(-body // (CHUNK_BYTES + _TAG_BYTES)))
        self._size = body - self._count * _TAG_BYTES
        self._at = 0
        self._held, self._chunk = -1, b""
        if not head.startswith(_MAGIC) or self._size < 0:
            raise Unreadable(_("A stored file can't be opened: it was changed or cut."))
        self._load(self._count - 1)

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Where the next read begins, in plain bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place among the plain bytes."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, target: Any) -> int:
        """Fill the target with what comes next, as far as one chunk goes."""
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, CHUNK_BYTES)
        self._load(number)
        piece = self._chunk[start : start + len(target)]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._held:
            return
        self._source.seek(len(_MAGIC) + _PREFIX_BYTES + number * (CHUNK_BYTES + _TAG_BYTES))
        sealed = self._source.read(CHUNK_BYTES + _TAG_BYTES)
        nonce = _nonce(self._prefix, number, last=number == self._count - 1)
        try:
            self._chunk = self._cipher.decrypt(nonce, sealed, self._context)
        except (InvalidTag, ValueError):
            raise Unreadable(
                "A stored file can't be opened: the key is another one, or it was changed or cut."
            ) from None
        self._held = number


def normalise(value: str, *, fold_case: bool = True) -> str:
    """How identifiers are compared and hashed: Unicode NFKC, outer spaces off, inner runs one space, case folded.

    Ids of other systems may differ by case alone, so for them `fold_case` is False. The rule is part of the stored
    hashes: changing it means hashing everything again.
    """
    text = unicodedata.normalize("NFKC", value)
    if fold_case:
        text = unicodedata.normalize("NFKC", text.casefold())
    return " ".join(text.split())


def keyed_hash(key: bytes, value: str, *, purpose: str, fold_case: bool = True) -> str:
    """HMAC-SHA256 over the normalised value, as hex. It is still personal data (GDPR, recital 26)."""
    message = f"{purpose}\x00{normalise(value, fold_case=fold_case)}"
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
