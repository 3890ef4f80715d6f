"""Draws the stored pages anew: `make pages`. Look at each of them before they are committed."""

import django

django.setup()

from tests.evidence.languages import fixed_documents  # noqa: E402  (Django first)
from tests.evidence.pages import FOLDER, pictures  # noqa: E402

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, drawn in fixed_documents().items():
        for file, picture in pictures(name, drawn):
            picture.quantize(16).save(FOLDER / file, optimize=True)
