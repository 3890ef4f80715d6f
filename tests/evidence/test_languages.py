"""The documents in the four languages, with the Regulation's own words."""

from __future__ import annotations

import datetime as dt

import pypdfium2
import pytest
from django.utils import translation

from dsr.days import written, written_with_weekday
from dsr.deadline import due_date
from dsr.evidence.shown import octets
from dsr.models import Exemption, Ground
from dsr.phrases import article
from dsr.services.wording import cited, meaning
from tests.evidence.languages import ADDRESS, LONG_NAME, fixed_documents
from tests.evidence.reading import text_of

EVIDENCE = {
    "en": ("Evidence on an erasure request", "About Maximiliana", "Answer due 3 December 2026", "Page 1 / 4"),
    "de": ("Nachweis zu einem Antrag auf Löschung", "Betroffene Person Maximiliana", "3. Dezember 2026", "Seite 1 / 4"),
    "fr": (
        "Dossier de preuve d’une demande d’effacement",
        "Personne concernée Maximiliana",
        "3 décembre 2026",
        "1,2 Mo",
    ),
    "es": ("Documento probatorio de una solicitud de supresión", "Interesado Maximiliana", "3 de diciembre de 2026"),
}
CERTIFICATE = {
    "en": ("Certificate on a partial erasure", "Erased in part", "Art. 17(3)(b) GDPR: A legal obligation"),
    "de": ("Bescheinigung über eine teilweise Löschung", "Verantwortlicher", "Art. 17 Abs. 3 Buchst. b DSGVO"),
    "fr": ("Attestation relative à un effacement partiel", "responsable du traitement", "paragraphe 3, point b)"),
    "es": ("Certificado sobre una supresión parcial", "responsable del tratamiento", "apartado 3, letra b)"),
}
REFUSAL = {
    "en": ("Refusal of an erasure request", "Lodge a complaint with a supervisory authority (Art. 77 GDPR)"),
    "de": ("Ablehnung eines Antrags auf Löschung", "Bei einer Aufsichtsbehörde Beschwerde einlegen (Art. 77 DSGVO)"),
    "fr": ("Refus d’une demande d’effacement", "Introduire une réclamation auprès d’une autorité de contrôle"),
    "es": ("Denegación de una solicitud de supresión", "Presentar una reclamación ante una autoridad de control"),
}
NOTHING_FOUND = {
    "en": ("Record of a search that found no data", "No data found in SegMetrics account a1b2c3"),
    "de": ("Niederschrift über eine Suche ohne gefundene Daten", "Keine Daten gefunden im SegMetrics-Konto a1b2c3"),
    "fr": ("Procès-verbal d’une recherche", "Aucune donnée trouvée dans le compte SegMetrics a1b2c3"),
    "es": ("Acta de una búsqueda que no encontró datos", "No se encontraron datos en la cuenta a1b2c3 de SegMetrics"),
}


@pytest.mark.parametrize("language", EVIDENCE)
def test_the_documents_speak_the_language(language: str) -> None:
    for kind, wanted in (
        ("evidence", EVIDENCE[language]),
        ("certificate", CERTIFICATE[language]),
        ("refusal", REFUSAL[language]),
        ("nothing_found", NOTHING_FOUND[language]),
    ):
        text = text_of(fixed_documents()[f"{kind}-{language}"])
        for words in wanted:
            assert words in text, words
        for line in ("Meadow Courses Ltd", *ADDRESS):
            assert line in text
        if language != "en":
            for english in ("Received", "Decision", "deleted", "What was", "Answer due", " GDPR"):
                assert english not in text


@pytest.mark.parametrize("language", EVIDENCE)
def test_names_of_every_script_can_be_read_and_copied(language: str) -> None:
    text = text_of(fixed_documents()[f"evidence-{language}"])
    assert LONG_NAME in text.replace("Sánchez- Ocaña", "Sánchez-Ocaña")
    for name in ("Ευαγγελία Αλεξάνδρου", "Дмитрий Иванов"):
        assert name in text
    # What is written from right to left may come out in the order in which it stands on the page.
    assert {"ד", "ו", "ן"} <= set(text)
    assert {"م", "ح", "د"} <= set(text)


@pytest.mark.parametrize("language", EVIDENCE)
def test_the_file_says_in_which_language_it_is(language: str) -> None:
    drawn = fixed_documents()[f"certificate-{language}"]
    with pypdfium2.PdfDocument(drawn.pdf) as document:
        about = document.get_metadata_dict()
    assert about["Title"] == f"{CERTIFICATE[language][0]} · DSR-2026-000142"
    assert about["Author"] == "Meadow Courses Ltd"


@pytest.mark.parametrize(
    ("language", "first", "other", "with_weekday"),
    [
        ("en", "1 March 2026", "2 March 2026", "Monday 2 March 2026"),
        ("de", "1. März 2026", "2. März 2026", "Montag, 2. März 2026"),
        ("fr", "1er mars 2026", "2 mars 2026", "lundi 2 mars 2026"),
        ("es", "1 de marzo de 2026", "2 de marzo de 2026", "lunes, 2 de marzo de 2026"),
    ],
)
def test_days_are_written_as_the_language_writes_them(language: str, first: str, other: str, with_weekday: str) -> None:
    with translation.override(language):
        assert written(dt.date(2026, 3, 1)) == first
        assert written(dt.date(2026, 3, 2)) == other
        assert written_with_weekday(dt.date(2026, 3, 2)) == with_weekday


def test_how_the_due_date_was_counted_is_told_in_the_language() -> None:
    with translation.override("de"):
        assert due_date(dt.date(2026, 1, 31), free_days=()).explanation == (
            "Ein Monat ab dem 31. Januar 2026 endet am 28. Februar 2026, dem letzten Tag jenes Monats, da dies ein "
            "Samstag ist, verschiebt sich die Frist auf den folgenden Arbeitstag, Montag, 2. März 2026 (Art. 12 Abs. 3 "
            "DSGVO, Art. 3 der Verordnung Nr. 1182/71)."
        )


@pytest.mark.parametrize(
    ("language", "citation"),
    [
        ("en", "Art. 17(3)(e) GDPR: Legal claims"),
        ("de", "Art. 17 Abs. 3 Buchst. e DSGVO: Geltendmachung, Ausübung oder Verteidigung von Rechtsansprüchen"),
        ("fr", "art. 17, paragraphe 3, point e), du RGPD\xa0: Constatation, exercice ou défense de droits en justice"),
        ("es", "art. 17, apartado 3, letra e), del RGPD: Formulación, ejercicio o defensa de reclamaciones"),
    ],
)
def test_an_exemption_is_cited_as_the_regulation_cites_itself(language: str, citation: str) -> None:
    with translation.override(language):
        assert cited("17(3)(e)") == citation
        for choice in (*Ground, *(row for row in Exemption if row.value)):
            assert article(choice.value, regulation=True) != article(choice.value)
            assert not meaning(choice).startswith("(")


def test_figures_have_the_comma_of_the_language() -> None:
    with translation.override("fr"):
        assert octets(3_240_000) == "3,2 Mo"
