"""The ledger: what must be known after a restore, noted outside the database before it is done.

One append-only file of JSON lines in `DSR_LEDGER_DIR`. Each line carries the audit log's head at its writing, follows
the line before it, and is authenticated under a key derived from the search key. It holds references, digests and
sealed ids; nothing that names a person stands in it in the clear.
"""

from dsr.ledger.book import append, last_number, read
from dsr.ledger.lines import Kind, Line
from dsr.ledger.refusing import refusal

__all__ = ["Kind", "Line", "append", "last_number", "read", "refusal"]
