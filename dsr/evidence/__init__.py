"""What stands on a PDF, and how it is drawn.

`records` holds what the evidence and the certificate say (frozen dataclasses, no Django models);
`drawing` turns a record into a PDF, by `typesetting`, the only importer of WeasyPrint; `masking` shortens identifiers
for the certificate; `text` is the one cleaner of foreign text that the exports use as well.
"""
