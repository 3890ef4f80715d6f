"""Draws the stored pages anew: `make pages`. Look at each of them before they are committed."""

import django

django.setup()

from tests.evidence.languages import fixed_documents  # noqa: E402  (Django first)
from tests.evidence.pages import FOLDER, pictures  # noqa: E402
from tests.exports.papers import fixed_papers  # noqa: E402
from tests.exports.test_look import FOLDER as PAPERS  # noqa: E402

if __name__ == "__main__":
    for folder, documents in ((FOLDER, fixed_documents()), (PAPERS, fixed_papers())):
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()
        for name, drawn in documents.items():
            for file, picture in pictures(name, drawn):
                picture.quantize(16).save(folder / file, optimize=True)
