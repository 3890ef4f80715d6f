"""Exits 0 when WeasyPrint can draw a PDF with an embedded font on this machine, else says why it can't."""

import sys
import warnings


def main() -> str | None:
    # Without this library WeasyPrint only warns, and subsets fonts by a slower way that it is about to drop.
    warnings.filterwarnings("error", message="HarfBuzz-Subset", category=DeprecationWarning)
    try:
        # Imported here: the import itself is what fails where Pango is missing.
        import weasyprint  # noqa: PLC0415

        pdf = weasyprint.HTML(string="<p>word</p>").write_pdf(uncompressed_pdf=True)
    except Exception as error:  # whatever it is, it is the reason
        return f"WeasyPrint: {error}"
    if b"/FontFile" not in pdf:
        return "WeasyPrint: no font found. Install one, for example Debian's fonts-dejavu-core."
    return None


if __name__ == "__main__":
    sys.exit(main())
