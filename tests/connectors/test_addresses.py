"""A connection leads to public https addresses, whatever its name is spelt like and whatever it leads to later."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from dsr.connectors import addresses
from dsr.connectors.segmetrics import Account, raise_if_address_not_allowed
from dsr.exceptions import InvalidInput, NeedsPerson, RuleBroken
from dsr.models import Connection, User
from dsr.services import connections
from segmetrics_client.sandbox.testing import Sandbox
from tests.segmetrics_client.resolver import Resolver, install

PUBLIC = "93.184.215.14"


@pytest.fixture
def resolver(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """After the sandbox is filled: what is connected to from then on is what the product connects to."""
    return install(monkeypatch)


@pytest.fixture
def _strict(settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, allow_loopback=False)


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.000.000.001",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "0",
        "0.0.0.0",  # noqa: S104 - refused is what it is
        "localhost",
        "localhost.",
        "LOCALHOST",
        "intranet",
        "api.example.com.",
        "10.0.0.7",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff0e::1]",
        "[0:0:0:0:0:0:0:1]",
        "[2606:4700:0000::1111]",
        "⑫7.0.0.1",
        "127。0。0。1",
        "user@api.example.com",
        "user:secret@api.example.com",
        "api.example.com\\@127.0.0.1",
        "api_.example.com",
        "",
    ],
)
def test_a_host_that_is_no_plain_public_one_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput, match="must be an https address"):
        raise_if_address_not_allowed(f"https://{host}")


@pytest.mark.parametrize(
    "url",
    [
        f"http://{PUBLIC}",
        "http://api.example.com",
        "ftp://api.example.com",
        "//api.example.com",
        "api.example.com",
        "https://api.example.com?to=x",
        "https://api.example.com#x",
        "https://api.exa\nmple.com",
        "https://api.example.com:99999",
        "https://[::1",
    ],
)
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="must be an https address"):
        raise_if_address_not_allowed(url)


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(
    "url",
    [f"https://{PUBLIC}", f"https://{PUBLIC}:8443/api/v1", "https://[2606:4700::1111]/", "https://API.example.com"],
)
def test_a_public_one_is_taken(url: str, resolver: Resolver) -> None:
    resolver.answers["api.example.com"] = [[PUBLIC, "2606:4700::1111"]]

    raise_if_address_not_allowed(url)


@pytest.mark.parametrize(
    "found", [["169.254.169.254"], ["127.0.0.1"], [PUBLIC, "10.0.0.7"], ["::1"], ["fd00:ec2::254"], ["::ffff:10.0.0.7"]]
)
def test_a_name_that_leads_into_a_private_network_is_refused(resolver: Resolver, found: list[str]) -> None:
    resolver.answers["metadata.example.com"] = [found]

    with pytest.raises(InvalidInput, match=r"metadata\.example\.com leads into a private network"):
        raise_if_address_not_allowed("https://metadata.example.com")


def test_a_name_that_is_not_there_is_told(resolver: Resolver) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.example\.com can't be found"):
        raise_if_address_not_allowed("https://nowhere.example.com")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8787/read", "http://localhost:8787", "http://[::1]:1", "https://127.0.0.2"]
)
def test_loopback_needs_its_setting(url: str, settings: Settings) -> None:
    raise_if_address_not_allowed(url)

    settings.ENV = dataclasses.replace(settings.ENV, allow_loopback=False)
    with pytest.raises(InvalidInput):
        raise_if_address_not_allowed(url)


@pytest.mark.parametrize(
    ("address", "allowed"), [("127.0.0.1", True), ("::1", True), ("10.0.0.7", False), ("169.254.169.254", False)]
)
def test_the_setting_opens_this_machine_and_no_other(address: str, allowed: bool) -> None:
    assert addresses.may_be_called(address) is allowed


@pytest.mark.parametrize("later", ["169.254.169.254", "10.0.0.7"])
def test_a_name_that_led_elsewhere_when_it_was_saved_is_not_called(
    administrator: User, connection: Connection, resolver: Resolver, later: str
) -> None:
    resolver.answers["api.example.com"] = [[PUBLIC], [PUBLIC], [later]]
    connection.read_url = connection.import_url = "https://api.example.com"
    connections.save(actor=administrator, connection=connection, api_key="k-1", integrations=[("int9", "Webshop")])

    with Account(connection) as account, pytest.raises(NeedsPerson):
        account.control_read()

    assert resolver.answers["api.example.com"] == [[later]], "the call did look the name up"
    assert resolver.connected == []


@pytest.mark.usefixtures("_strict")
def test_an_address_that_is_no_longer_allowed_is_not_called(
    administrator: User, connection: Connection, sandbox: Sandbox
) -> None:
    with pytest.raises(RuleBroken, match="must be an https address"):
        connections.test(connection=connection, actor=administrator)

    assert sandbox.calls() == []


def test_the_form_says_so_beside_the_field(
    administrator: User, connection: Connection, client: Client, resolver: Resolver, settings: Settings, tmp_path: Any
) -> None:
    settings.STATIC_ROOT = tmp_path
    resolver.answers["metadata.example.com"] = [["169.254.169.254"]]
    client.force_login(administrator)
    row = connection.integrations.get()

    answer = client.post(
        f"/admin/dsr/connection/{connection.pk}/change/",
        {
            "name": "Shop",
            "environment": "production",
            "account_id": connection.account_id,
            "read_url": "https://metadata.example.com",
            "import_url": connection.import_url,
            "rate_per_minute": 60,
            "report_days": 1,
            "report_pages": 1,
            "integrations-TOTAL_FORMS": 1,
            "integrations-INITIAL_FORMS": 1,
            "integrations-0-id": row.pk,
            "integrations-0-integration_id": row.integration_id,
            "integrations-0-label": row.label,
        },
    )

    assert answer.status_code == 422
    assert "leads into a private network" in answer.content.decode()
    assert 'id="id_read_url_error"' in answer.content.decode()
