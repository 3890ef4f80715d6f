"""Verify an exported audit log: python verify_audit.py audit.jsonl [SEQUENCE:HASH]. Needs nothing but Python.

Make the file with `manage.py audit export > audit.jsonl`. SEQUENCE:HASH is an entry noted elsewhere, say on a
certificate.
"""

import hashlib
import json
import sys

previous, sequence, noted = "0" * 64, 0, set(sys.argv[2:])
for line in open(sys.argv[1], encoding="utf-8"):  # noqa: PTH123, SIM115
    row = json.loads(line)
    entry = json.loads(row["entry"])
    sequence += 1
    if hashlib.sha256(row["entry"].encode()).hexdigest() != row["hash"]:
        sys.exit(f"entry {sequence}: its content isn't what was hashed")
    if entry["sequence"] != sequence or entry["previous"] != previous:
        sys.exit(f"entry {sequence}: it doesn't follow from the entry before it")
    previous = row["hash"]
    noted.discard(f"{sequence}:{previous}")
if noted:
    sys.exit(f"the log doesn't hold {', '.join(noted)}")
print(f"{sequence} entries hold, head {sequence}:{previous}")  # noqa: T201
