"""Whatever an identifier holds, it stays one segment of the path, and arrives as it was."""

from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmetrics_client import InvalidIdentifier, SegMetrics, UnsafeDelete
from segmetrics_client.addresses import path_segment, plain_id
from segmetrics_client.sandbox.testing import Sandbox

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
NASTY = st.text("/%?#+&=;:@. \\\"'<>{}|^`~\t\n\x00ü漢🦄-_a1", min_size=1, max_size=20)


def usable(text: str) -> bool:
    return bool(text.strip(".") and text.strip())


@given(identifier=(ANYTHING | NASTY).filter(usable))
def test_encoding_is_one_segment_and_comes_back(identifier: str) -> None:
    encoded = path_segment(identifier)
    assert unquote(encoded) == identifier
    assert encoded.isascii()
    assert not set(encoded) & set("/?#+@&= ")


# The sandbox only answers reads here, so what one example leaves behind can't touch the next.
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(identifier=(ANYTHING | NASTY).filter(usable))
def test_over_real_http_it_arrives_as_it_was(sandbox: Sandbox, segmetrics: SegMetrics, identifier: str) -> None:
    sandbox.reset_calls()
    assert segmetrics.contacts.search(external_id=identifier) == []
    (call,) = sandbox.calls()
    assert (call.account, call.object, call.object_id) == ("acme1", "contact", identifier)


@given(identifier=ANYTHING | NASTY)
def test_nothing_that_could_be_an_email_passes_as_an_id(identifier: str) -> None:
    try:
        plain_id(identifier, action="delete contact")
    except UnsafeDelete:
        return
    assert identifier.isascii()
    assert not set(identifier) & set("@%/*? \n")
    assert path_segment(identifier) == identifier.replace(":", "%3A")


@pytest.mark.parametrize("dots", [".", "..", "..."])
def test_dots_alone_go_nowhere(dots: str) -> None:
    with pytest.raises(InvalidIdentifier):
        path_segment(dots)
