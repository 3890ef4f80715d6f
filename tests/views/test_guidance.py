"""The sentence and the article stand beside the thing: the state, the ground, the exemption, the refusal."""

from __future__ import annotations

import re

from dsr import guidance
from dsr.models import Case, Exemption, Ground, RefusalGround, User
from dsr.services import closing
from dsr.states import Kind, State
from tests.builders import record_processing, reviewed
from tests.views.conftest import SignIn


def page_of(case: Case, user: User, sign_in: SignIn) -> str:
    page = sign_in(user).get(f"/cases/{case.reference}/").content.decode()
    return page.replace("&#x27;", "'")


def test_the_state_is_explained_at_the_head(matching_case: Case, officer: User, sign_in: SignIn) -> None:
    page = page_of(matching_case, officer, sign_in)

    words = str(guidance.STATES[State.MATCHING].sentence)
    assert page.index("<h1>") < page.index(words) < page.index('class="steps"')
    assert f'href="{guidance.link("12(6)")}"' in page


def test_the_review_explains_each_ground_and_each_exemption_and_its_fields_say_so(
    matching_case: Case, officer: User, sign_in: SignIn
) -> None:
    page = page_of(reviewed(matching_case, officer), officer, sign_in)

    for ground in Ground:
        assert str(guidance.GROUNDS[ground].sentence) in page
    for exemption in (value for value in Exemption if value):
        assert str(guidance.EXEMPTIONS[exemption].sentence) in page
    described = re.findall(r'<select name="(?:ground|exemption-\d+)"[^>]* aria-describedby="([^"]+)"', page)
    assert len(described) >= 2
    for name in described:
        assert f'id="{name}"' in page, "what describes the field is there"


def test_the_refusal_form_explains_its_grounds_and_the_refused_case_its_own(
    matching_case: Case, officer: User, administrator: User, sign_in: SignIn
) -> None:
    record_processing(matching_case.connection, administrator)
    page = page_of(matching_case, officer, sign_in)
    for ground in RefusalGround.of(matching_case.kind):
        assert str(guidance.REFUSALS[ground].sentence) in page

    closing.refuse(case=matching_case, actor=officer, ground=RefusalGround.UNFOUNDED, reason="a joke")
    page = page_of(matching_case, officer, sign_in)
    assert str(guidance.REFUSALS[RefusalGround.UNFOUNDED].sentence) in page
    assert str(guidance.REFUSALS[RefusalGround.EXEMPT].sentence) not in page
    letter = sign_in(officer).get(f"/cases/{matching_case.reference}/letters/new/refusal/").content.decode()
    letter = letter.replace("&#x27;", "'")
    assert str(guidance.REFUSALS[RefusalGround.UNFOUNDED].sentence) in letter


def test_the_extension_and_the_kinds_of_request_are_explained(
    matching_case: Case, officer: User, sign_in: SignIn
) -> None:
    assert str(guidance.TOPICS[guidance.Topic.EXTENSION].sentence) in page_of(matching_case, officer, sign_in)

    form = sign_in(officer).get("/cases/new/").content.decode()
    for kind in Kind:
        assert str(guidance.KINDS[kind].sentence) in form
