"""OAuth over real HTTP with the sandbox: the way to a token, its rotation, its end, and what must not work twice."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from segmetrics_client import Call, ConnectionDropped, InvalidSetting, NotFound, Token, Unauthorized
from segmetrics_client.sandbox.testing import Sandbox

BACK = "http://127.0.0.1:1/back"
VERIFIER = "v" * 64


class Store:
    def __init__(self, token: Token) -> None:
        self.token = token

    def load(self) -> Token:
        return self.token

    def claim(self) -> bool:
        return True

    def save(self, token: Token) -> None:
        self.token = token

    def let_go(self) -> None:
        pass


def code_of(sandbox: Sandbox, *, state: str = "s") -> str:
    with sandbox.sign_in() as sign_in:
        address = sign_in.address(redirect_uri=BACK, state=state, verifier=VERIFIER)
    assert VERIFIER not in address
    returned = dict(parse_qsl(urlsplit(sandbox.consent(address)).query))
    assert returned["state"] == state
    return returned["code"]


def read_with(sandbox: Sandbox, store: Store) -> None:
    with sandbox.sign_in() as sign_in, sandbox.client(auth=sign_in.renewing(store)) as segmetrics:
        segmetrics.check()


def test_a_code_becomes_a_token_which_the_api_takes(sandbox: Sandbox) -> None:
    told: list[Call] = []
    with sandbox.sign_in(on_call=told.append) as sign_in:
        token = sign_in.finish(code=code_of(sandbox), verifier=VERIFIER, redirect_uri=BACK)
    read_with(sandbox, Store(token))
    assert [(call.action, call.status) for call in told] == [("get token", 200)]
    assert token.access_token not in str(sandbox.calls())


@pytest.mark.parametrize("wrong", [{"verifier": "w" * 64}, {"redirect_uri": "http://127.0.0.1:1/elsewhere"}])
def test_a_code_is_worth_nothing_to_whoever_did_not_ask_for_it(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    with sandbox.sign_in() as sign_in, pytest.raises(Unauthorized):
        sign_in.finish(**({"code": code_of(sandbox), "verifier": VERIFIER, "redirect_uri": BACK} | wrong))


def test_a_code_that_comes_twice_ends_what_came_of_it(sandbox: Sandbox) -> None:
    code = code_of(sandbox)
    with sandbox.sign_in() as sign_in:
        store = Store(sign_in.finish(code=code, verifier=VERIFIER, redirect_uri=BACK))
        with pytest.raises(Unauthorized):
            sign_in.finish(code=code, verifier=VERIFIER, redirect_uri=BACK)
    with pytest.raises(Unauthorized):
        read_with(sandbox, store)


def test_another_client_gets_nothing(sandbox: Sandbox) -> None:
    with sandbox.sign_in(client_secret="guessed") as sign_in, pytest.raises(Unauthorized):
        sign_in.finish(code=code_of(sandbox), verifier=VERIFIER, redirect_uri=BACK)


def test_a_refusal_comes_back_as_one(sandbox: Sandbox) -> None:
    with sandbox.sign_in() as sign_in:
        address = sign_in.address(redirect_uri=BACK, state="s", verifier=VERIFIER)
    returned = dict(parse_qsl(urlsplit(sandbox.consent(address, allow=False)).query))
    assert returned == {"state": "s", "error": "access_denied"}


def test_a_token_that_has_ended_is_renewed_and_an_old_refresh_token_ends_the_grant(sandbox: Sandbox) -> None:
    sandbox.settings(token_seconds=0.0)
    old = sandbox.token()
    store = Store(old)
    sandbox.settings(token_seconds=3600.0)
    read_with(sandbox, store)
    assert store.token.refresh_token != old.refresh_token
    with pytest.raises(Unauthorized):
        read_with(sandbox, Store(old))
    with pytest.raises(Unauthorized):  # whoever has the newer one is cast out too: one of the two was a thief
        read_with(sandbox, store)


def test_revocation(sandbox: Sandbox) -> None:
    token = sandbox.token()
    with sandbox.sign_in() as sign_in:
        assert sign_in.revoke(token)
        assert sign_in.revoke(token), "what is gone already is no error"
    with pytest.raises(Unauthorized):
        read_with(sandbox, Store(token))
    with sandbox.sign_in(revoke_url="") as sign_in:
        assert not sign_in.revoke(token)


def test_no_secret_stands_in_what_goes_wrong(sandbox: Sandbox) -> None:
    code = code_of(sandbox)
    sandbox.fault("drop_before", object="token")
    with sandbox.sign_in() as sign_in, pytest.raises(ConnectionDropped) as broken:
        sign_in.finish(code=code, verifier=VERIFIER, redirect_uri=BACK)
    assert code not in repr(broken.value)
    assert broken.value.__cause__ is None
    assert broken.value.__context__ is None
    with pytest.raises(InvalidSetting):
        sandbox.sign_in(token_url="http://example.com/token")


def test_whether_writing_works_is_learnt_without_a_change(sandbox: Sandbox) -> None:
    sandbox.add_contact(contact_id="1", email="a@example.com", tags=["VIP"])
    before = sandbox.state()
    with sandbox.client() as segmetrics:
        segmetrics.check_writing()
        sandbox.fault("status", status=403, method="POST")
        with pytest.raises(Unauthorized):
            segmetrics.check_writing()
        with pytest.raises(NotFound):
            segmetrics.for_integration("int99").check_writing()
    assert sandbox.state() == before
    assert [call.body for call in sandbox.calls()] == [{}, {}, {}]


def test_the_page_of_the_sandbox_names_no_code_and_takes_no_other_client(sandbox: Sandbox) -> None:
    with sandbox.sign_in(client_id="other") as sign_in:
        address = sign_in.address(redirect_uri=BACK, state="s", verifier=VERIFIER)
    with pytest.raises(AssertionError, match="400"):
        sandbox.consent(address)
