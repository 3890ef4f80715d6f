"""The package as a whole: light to import, one module that knows httpx, names that are there."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import segmetrics_client
from segmetrics_client import ContactNotFound, RateLimited, SegMetricsError

ROOT = Path(segmetrics_client.__file__).parent


def test_every_public_name_is_there_and_sorted() -> None:
    assert segmetrics_client.__all__ == sorted(segmetrics_client.__all__)
    for name in segmetrics_client.__all__:
        assert getattr(segmetrics_client, name) is not None
    assert set(segmetrics_client.__all__) <= set(dir(segmetrics_client))
    with pytest.raises(AttributeError):
        _ = segmetrics_client.nonsense


def test_only_the_transport_knows_httpx() -> None:
    importers = {
        path.name
        for path in ROOT.rglob("*.py")
        for line in path.read_text().splitlines()
        if line.strip().startswith(("import httpx", "from httpx"))
    }
    assert importers == {"transport.py"}


def test_it_knows_nothing_of_django_and_loads_models_late() -> None:
    code = (
        "import sys, segmetrics_client\n"
        "print(*[name for name in ('django', 'pydantic', 'sqlite3', 'http.server') if name in sys.modules])\n"
        "import segmetrics_client.resources.contacts, segmetrics_client.sandbox.testing\n"
        "print('django' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT.parent, timeout=30
    )
    assert done.stdout.splitlines() == ["", "False"]


def test_it_is_typed() -> None:
    assert (ROOT / "py.typed").exists()


def test_errors_survive_a_pickle() -> None:
    error = ContactNotFound("Nobody.", action="get contact", status=404, request_id="r1", attempts=2)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own, to see that it can be done
    assert (type(copy), str(copy), copy.status, copy.attempts) == (ContactNotFound, "Nobody.", 404, 2)


def test_the_tree_is_one_tree() -> None:
    errors = [
        value
        for value in vars(segmetrics_client.errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert all(issubclass(error, SegMetricsError) for error in errors)
    assert all(error.__name__ in (segmetrics_client.errors.__doc__ or "") for error in errors)
    assert all(error.__name__ in segmetrics_client.__all__ for error in errors)
    assert RateLimited.retryable
