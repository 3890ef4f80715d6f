"""Linda's two documents in each language, with labels as the services fill them in, and with long names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

from django.utils import translation
from django.utils.translation import gettext

from dsr.deadline import due_date
from dsr.evidence.drawing import draw_certificate, draw_evidence, draw_nothing_found, draw_refusal
from dsr.evidence.letters import LetterRecord, draw_letter
from dsr.evidence.records import (
    CertificateRecord,
    Drawn,
    EvidenceRecord,
    Ground,
    Identifier,
    Lookup,
    NothingFoundRecord,
    RefusalRecord,
    VerifyAt,
)
from dsr.languages import LANGUAGES
from dsr.letters.placeholders import fill
from dsr.letters.shipped import shipped
from dsr.models import (
    Channel,
    Decision,
    Exemption,
    IdentifierKind,
    Identity,
    IdentityMethod,
    LetterKind,
    LineDecision,
    ObjectKind,
    RefusalGround,
)
from dsr.models import Ground as Grounds
from dsr.phrases import article
from dsr.services.letter_values import invented
from dsr.services.records import report_sentence
from dsr.services.wording import cited, meaning
from dsr.states import Kind, Outcome
from tests.evidence.cast import (
    MORNING,
    a_certificate,
    a_hand_over,
    a_line,
    a_match,
    a_nothing_found,
    a_refusal,
    an_evidence,
)
from tests.evidence.logo import a_logo

ADDRESS = ("Data Protection", "14 Long Meadow Lane", "10115 Berlin", "privacy@example.com")
VERIFY_AT = VerifyAt(
    code="7KQ2M-XR9TB-04HVD-WC6PS",
    page="https://privacy.example.com/verify/",
    address="https://privacy.example.com/verify/7KQ2M-XR9TB-04HVD-WC6PS/",
)
LONG_NAME = "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Montgomery y Fernández de la Vega Sánchez-Ocaña"


def evidence_in(language: str, *, kind: str = "erasure") -> EvidenceRecord:
    """The evidence, with a name in each of the scripts that our fonts hold."""
    with translation.override(language):
        email, external_id = str(IdentifierKind.EMAIL.label), str(IdentifierKind.EXTERNAL_ID.label)
        same, other = str(Decision.SAME_PERSON.label), str(Decision.OTHER_PERSON.label)
        record = an_evidence(
            language=language,
            organisation_address=ADDRESS,
            verify_at=VERIFY_AT,
            kind=kind,
            subject_name=LONG_NAME,
            identifiers=(
                Identifier(kind=email, value="linda.dare@example.com"),
                Identifier(kind=external_id, value="cust-4711"),
            ),
            channel=str(Channel.LETTER.label),
            due_explanation=due_date(date(2026, 1, 31), free_days=()).explanation,
            report_lookup="",
            lookups=(
                Lookup(kind=email, value="linda.dare@example.com", looked_up_at=MORNING, answered_by=("1004", "2087")),
                Lookup(kind=external_id, value="cust-4711", looked_up_at=MORNING),
            ),
            matches=(
                a_match(name=LONG_NAME, found_by=f"{email}, {external_id}", decision=same),
                a_match(contact_id="2087", name="Ευαγγελία Αλεξάνδρου", found_by=email, decision=other),
                a_match(contact_id="2088", name="Дмитрий Иванов", found_by=email, decision=other),
                a_match(contact_id="2089", name="محمد عبد الله بن سعيد", found_by=email, decision=other),
                a_match(contact_id="2090", name="דוד בן־גוריון", found_by=email, decision=other),
            ),
            ground=Ground(
                code=article(Grounds.CONSENT_WITHDRAWN, regulation=True),
                label=meaning(Grounds.CONSENT_WITHDRAWN),
            ),
            plan_lines=(
                a_line(object=str(ObjectKind.INVOICE.label), decision=str(LineDecision.DELETE.label)),
                a_line(
                    object=str(ObjectKind.INVOICE.label),
                    object_id="234116",
                    decision=str(LineDecision.KEEP.label),
                    exemption=cited(Exemption.LEGAL_OBLIGATION),
                    reason="§ 147 AO",
                ),
                a_line(
                    object=str(ObjectKind.SUBSCRIPTION.label),
                    object_id="sub-7712-0000-4f1a-9d3c",
                    decision=str(LineDecision.DELETE.label),
                ),
                a_line(object=str(ObjectKind.CONTACT.label), object_id="1004", decision=str(LineDecision.DELETE.label)),
            ),
        )
        method = str(IdentityMethod.SIGNED_LETTER.label)
        return replace(record, identity=replace(record.identity, method=method))


def certificate_in(language: str) -> CertificateRecord:
    """The certificate, with the services' own words."""
    with translation.override(language):
        objects = {kind.value: str(kind.label) for kind in ObjectKind}
        kinds = {"E-mail": str(IdentifierKind.EMAIL.label), "External id": str(IdentifierKind.EXTERNAL_ID.label)}
        record = a_certificate(
            language=language,
            organisation_address=ADDRESS,
            verify_at=VERIFY_AT,
            kind=str(Kind.ERASURE.label),
            is_partial=True,
            outcome=str(Outcome.ERASED_IN_PART.label),
            outcome_sentence=gettext(
                "What is listed as deleted was deleted; what is listed as kept was kept on its exemption."
            ),
            prepared_by_reference="U-0003",
            approved_by_reference="U-0005",
            inconclusive=(),
        )
        result, answer = gettext("given in the request; nothing answered"), gettext("nothing answers")
        exemption = cited(Exemption.LEGAL_OBLIGATION)
        return replace(
            record,
            identifiers=tuple(replace(row, kind=kinds[row.kind], result=result) for row in record.identifiers),
            lookups_after=tuple(replace(row, kind=kinds[row.kind], answer=answer) for row in record.lookups_after),
            deleted=tuple(
                replace(row, object=objects[row.object.lower()], result=gettext(row.result)) for row in record.deleted
            ),
            kept=tuple(replace(row, object=objects[row.object.lower()], exemption=exemption) for row in record.kept),
        )


def refusal_in(language: str, *, kind: str = "erasure") -> RefusalRecord:
    """The refusal, with the services' own words and a long name."""
    with translation.override(language):
        shown = evidence_in(language)
        record = a_refusal(
            language=language,
            organisation_address=ADDRESS,
            verify_at=VERIFY_AT,
            kind=kind,
            subject_name=LONG_NAME,
            identifiers=shown.identifiers,
            channel=shown.channel,
            due_explanation=shown.due_explanation,
            ground=str(RefusalGround.EXCESSIVE.label),
            decided_by_reference=gettext("Privacy officer %(reference)s") % {"reference": "U-0003"},
        )
        standing, method = str(Identity.CONFIRMED.label), str(IdentityMethod.SIGNED_LETTER.label)
        return replace(record, identity=replace(record.identity, standing=standing, method=method))


def nothing_found_in(language: str) -> NothingFoundRecord:
    """The empty search, with the services' own words."""
    with translation.override(language):
        answers = (gettext("contact %(ids)s answered") % {"ids": "2087"}, gettext("nothing answered"))
        kinds = (str(IdentifierKind.EMAIL.label), str(IdentifierKind.EXTERNAL_ID.label))
        look = {"looked_at": 200, "total": 412, "from": "2015-01-01", "to": "2026-11-24", "complete": False}
        record = a_nothing_found(
            language=language,
            organisation_address=ADDRESS,
            verify_at=VERIFY_AT,
            kind=str(Kind.ERASURE.label),
            report_lookup=report_sentence(look),
            decided_by_reference=gettext("Privacy officer %(reference)s") % {"reference": "U-0003"},
        )
        return replace(
            record,
            searched_for=tuple(
                replace(row, kind=kind, answer=answer)
                for row, kind, answer in zip(record.searched_for, kinds, answers, strict=True)
            ),
        )


def letter_in(language: str) -> LetterRecord:
    """A refusal, the longest of the letters, to a long name and a long address, from its shipped text."""
    text = shipped(LetterKind.REFUSAL, language)
    with translation.override(language):
        values: dict[str, Callable[[], str]] = {
            **invented(),
            "name": lambda: LONG_NAME,
            "organisation": lambda: "Example Ltd",
            "ground": lambda: str(RefusalGround.NOT_IDENTIFIED.label),
        }
        return LetterRecord(
            organisation="Example Ltd",
            organisation_address=ADDRESS,
            language=language,
            reference="DSR-2026-000142",
            written_on=date(2026, 11, 25),
            address=(LONG_NAME, "Διονυσίου Αρεοπαγίτου 15", "Дмитрий Иванов", "117 42 Αθήνα"),
            heading=fill(text.heading, values),
            body=fill(text.body, values),
            made_at=MORNING,
        )


@cache
def fixed_documents() -> dict[str, Drawn]:
    """Each document in each language, with a logo; and those of an access request and of a demonstration."""
    documents = {}
    for language in LANGUAGES:
        documents[f"evidence-{language}"] = draw_evidence(evidence_in(language), logo=a_logo())
        documents[f"certificate-{language}"] = draw_certificate(certificate_in(language), logo=a_logo())
        documents[f"refusal-{language}"] = draw_refusal(refusal_in(language), logo=a_logo())
        documents[f"nothing_found-{language}"] = draw_nothing_found(nothing_found_in(language), logo=a_logo())
        documents[f"letter-{language}"] = draw_letter(letter_in(language), logo=a_logo())
    access = replace(evidence_in("en", kind="access"), organisation_address=(), is_demo=True)
    from tests.evidence.reports import reports  # noqa: PLC0415  (it takes its names from here)

    documents["evidence-access"] = draw_evidence(access)
    documents["certificate-access"] = draw_certificate(a_hand_over(organisation_address=ADDRESS, verify_at=VERIFY_AT))
    return {**documents, **reports()}
