"""The pages look as they are meant to, with our own fonts, on every machine."""

from __future__ import annotations

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PIL import ImageChops

from dsr.evidence import fonts
from dsr.evidence.drawing import draw_certificate
from tests.evidence.languages import certificate_in, fixed_documents
from tests.evidence.logo import a_logo
from tests.evidence.pages import FOLDER, TOLERANCE, difference, pictures, stored

OURS = {"DSR-Sans", "DSR-Sans-Bold", "DSR-Mono", "DSR-Arabic-Bold", "DSR-Hebrew-Bold"}


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """The fonts that letters are drawn with, and whether each is embedded."""
    found: dict[str, bool] = {}
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            for text in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
                font = pdfium.FPDFTextObj_GetFont(text.raw)
                name = ctypes.create_string_buffer(200)
                pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
                found[name.value.decode().rpartition("+")[2]] = pdfium.FPDFFont_GetIsEmbedded(font) == 1
    return found


def test_every_page_looks_as_it_is_meant_to() -> None:
    seen = {}
    for name, drawn in fixed_documents().items():
        for file, picture in pictures(name, drawn):
            seen[file] = difference(picture, stored(file))
    assert {path.name for path in FOLDER.glob("*.png")} == set(seen), "run `make pages`, and look at what it drew"
    assert not {file: part for file, part in seen.items() if part > TOLERANCE}


def test_what_an_eye_would_notice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above isn't so tolerant that it passes everything."""
    (file, good), *_ = pictures("certificate-en", fixed_documents()["certificate-en"])
    assert difference(good, stored(file)) <= TOLERANCE
    assert difference(ImageChops.offset(good, 0, 3), stored(file)) > TOLERANCE
    (_, without_logo), *_ = pictures("certificate-en", draw_certificate(certificate_in("en")))
    assert difference(without_logo, stored(file)) > TOLERANCE
    monkeypatch.setattr(fonts, "_files", dict)
    (_, without_fonts), *_ = pictures("certificate-en", draw_certificate(certificate_in("en"), logo=a_logo()))
    assert difference(without_fonts, stored(file)) > TOLERANCE


@pytest.mark.parametrize("name", ["evidence-en", "evidence-de", "evidence-fr", "evidence-es"])
def test_names_in_five_scripts_are_set_in_our_own_fonts_and_these_are_embedded(name: str) -> None:
    assert fonts_of(fixed_documents()[name].pdf) == dict.fromkeys(OURS, True)


def test_a_regular_face_of_each_script_is_there_too() -> None:
    names = {file.name for file in fonts.FONTS.iterdir()}
    assert {f"NotoSans{script}-Regular.ttf" for script in ("", "Arabic", "Hebrew", "Mono")} <= names
    assert "SIL OPEN FONT LICENSE" in (fonts.FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in fonts.FONTS.iterdir()) < 3_000_000


def test_the_stylesheet_of_the_fonts_reads_no_other_file() -> None:
    fetcher = fonts._OwnFonts()
    for url in ("file:///etc/passwd", "font:../document.css", "font:OFL.txt", "http://127.0.0.1/NotoSans-Regular.ttf"):
        with pytest.raises(KeyError):
            fetcher.fetch(url)


def test_each_kind_of_document_fits_on_so_many_pages() -> None:
    """A change that sends a heading or a last line over the page is seen here first."""
    pages = {name: drawn.pages for name, drawn in fixed_documents().items()}
    fitting = {
        "letter": 1,
        "certificate": 2,
        "evidence": 4,
        "refusal": 2,
        "nothing_found": 2,
        "report": 3,
        "register": 2,
    }
    assert pages == {name: fitting[name.partition("-")[0]] for name in pages}
