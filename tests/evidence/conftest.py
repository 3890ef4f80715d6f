"""The two documents of Linda's case, drawn once: a record is frozen, and so is what is drawn of it."""

import pytest

from dsr.evidence.drawing import draw_certificate, draw_evidence
from dsr.evidence.records import Drawn
from tests.evidence.cast import a_certificate, an_evidence


@pytest.fixture(scope="session")
def evidence() -> Drawn:
    return draw_evidence(an_evidence())


@pytest.fixture(scope="session")
def certificate() -> Drawn:
    return draw_certificate(a_certificate())
