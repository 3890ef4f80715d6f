"""The demo refuses to start where it can't, and keeps to itself where it can."""

import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dsr.demo.options import SECRETS_FILE, Options, environment, secrets_of
from dsr.demo.refusals import DemoError, lock, require_free

ROOT = Path(__file__).resolve().parents[2]


def _demo(data_dir: Path, *, web: int, sandbox: int) -> subprocess.CompletedProcess[str]:
    options = [f"--web-port={web}", f"--sandbox-port={sandbox}", f"--data-dir={data_dir}"]
    command = [sys.executable, "-m", "dsr.demo", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("variable", ["WEB_PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_named_and_nothing_is_started(tmp_path: Path, variable: str) -> None:
    data_dir = tmp_path / "demo"
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        port, free = taken.getsockname()[1], other.getsockname()[1]
        other.close()
        ports = {"web": port, "sandbox": free} if variable == "WEB_PORT" else {"web": free, "sandbox": port}
        ended = _demo(data_dir, **ports)

    assert ended.returncode == 1
    assert f"Port {port} is taken" in ended.stderr
    assert f"{variable}=" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not data_dir.exists()


def test_one_port_can_not_serve_both(tmp_path: Path) -> None:
    ended = _demo(tmp_path / "demo", web=18123, sandbox=18123)

    assert ended.returncode == 1
    assert "WEB_PORT and SANDBOX_PORT are both 18123" in ended.stderr


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(DemoError, match=f"WEB_PORT={port} is no port"):
        require_free(port, "WEB_PORT")


def test_two_demos_can_not_share_a_data_folder(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(DemoError, match=f"process {os.getpid()}"):
        lock(tmp_path)
    lock(tmp_path).close()


def test_a_data_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match="can't be written to"):
        lock(tmp_path / "file")


def test_secrets_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    first = secrets_of(tmp_path)

    assert secrets_of(tmp_path) == first
    assert stat.S_IMODE((tmp_path / SECRETS_FILE).stat().st_mode) == 0o600
    assert first != secrets_of(_folder(tmp_path / "other"))


def test_no_setting_of_a_real_installation_reaches_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://real.example.com/dsr")
    monkeypatch.setenv("DSR_SOMETHING_NEW", "real")
    options = Options(web_port=8000, sandbox_port=8787, data_dir=tmp_path)
    env = environment(options, secrets_of(tmp_path))

    read = set(re.findall(r'"(DSR_[A-Z_]+|DATABASE_URL)"', (ROOT / "dsr" / "env.py").read_text()))
    assert read - env.keys() == set(), "unset here, so a .env could set it"
    assert "DSR_SOMETHING_NEW" not in env
    assert env["DATABASE_URL"].startswith("sqlite:///")
    assert "PATH" in env


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
