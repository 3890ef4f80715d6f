"""`make demo` as its user meets it: starts, refuses, keeps its data, and leaves nothing behind."""

import os
import signal
from pathlib import Path

import pytest

from tests.ops.waiting import eventually
from tests.smoke.demo_process import GONE_WITHIN, Demo, free_ports

pytestmark = pytest.mark.smoke
SIGNED_IN = "SELECT email, last_login FROM dsr_user WHERE last_login IS NOT NULL"


def test_start_sign_in_stop_and_start_again(tmp_path: Path) -> None:
    data_dir, (web, sandbox) = tmp_path / "demo data", free_ports(2)
    with Demo(data_dir, web=web, sandbox=sandbox, output=tmp_path / "first") as demo:
        demo.wait_until_well()
        assert f"http://127.0.0.1:{web}/" in demo.said
        for email in ("anna", "otto", "bea", "adi", "max"):
            assert f"{email}@example.com" in demo.said
        assert "login" not in demo.sign_in("anna@example.com", "demo-only-password")
        signed_in = demo.ask(SIGNED_IN)
        assert [email for email, _ in signed_in] == ["anna@example.com"]

        _the_running_demo_is_protected(demo, web=web, sandbox=sandbox, folder=tmp_path)

        demo.press_ctrl_c()
        assert demo.processes() == {}
        assert "Traceback" not in demo.said

    with Demo(data_dir, web=web, sandbox=sandbox, output=tmp_path / "second") as again:
        again.wait_until_well()
        assert again.ask(SIGNED_IN) == signed_in, "the second run must keep the data of the first"
        again.press_ctrl_c()
        assert again.processes() == {}


def _the_running_demo_is_protected(demo: Demo, *, web: int, sandbox: int, folder: Path) -> None:
    """A second demo on its port or on its data ends with a clear error, and the first goes on."""
    same_port = Demo(folder / "other", web=web, sandbox=free_ports(1)[0], output=folder / "same-port")
    assert same_port.process.wait(timeout=60) != 0
    assert f"Port {web} is taken" in same_port.said
    assert "WEB_PORT" in same_port.said
    assert not (folder / "other").exists()

    other_web, other_sandbox = free_ports(2)
    same_data = Demo(demo.data_dir, web=other_web, sandbox=other_sandbox, output=folder / "same-data")
    assert same_data.process.wait(timeout=60) != 0
    assert "Another demo" in same_data.said
    assert "Traceback" not in same_port.said + same_data.said
    assert demo.is_well()


@pytest.mark.parametrize("part", ["manage.py worker --grace", "segmetrics_client.sandbox"])
def test_a_part_that_dies_is_named_and_takes_the_rest_with_it(tmp_path: Path, part: str) -> None:
    web, sandbox = free_ports(2)
    with Demo(tmp_path / "demo", web=web, sandbox=sandbox, output=tmp_path / "output") as demo:
        demo.wait_until_well()

        os.kill(demo.find(part), signal.SIGKILL)

        assert demo.process.wait(timeout=GONE_WITHIN) != 0
        assert "process ended by itself (signal SIGKILL)" in demo.said
        assert eventually(lambda: not demo.processes(), within=GONE_WITHIN), demo.processes()


def test_a_killed_demo_takes_its_parts_with_it(tmp_path: Path) -> None:
    web, sandbox = free_ports(2)
    with Demo(tmp_path / "demo", web=web, sandbox=sandbox, output=tmp_path / "output") as demo:
        demo.wait_until_well()

        os.kill(demo.find("-m dsr.demo"), signal.SIGKILL)

        demo.process.wait(timeout=GONE_WITHIN)
        assert eventually(lambda: not demo.processes(), within=GONE_WITHIN), demo.processes()
