"""One run: set up, kill until it is enough, let everything come to rest, look at what is there, say it."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from pathlib import Path

from django.core.management import call_command

from dsr.demo import cast
from dsr.demo.people import PASSWORD
from dsr.models import Case, Document, DocumentKind
from tests.chaos import checks
from tests.chaos.boundaries import BOUNDARIES
from tests.chaos.browser import Browser
from tests.chaos.killing import Killer
from tests.chaos.office import Office
from tests.chaos.place import Place

AT_BOUNDARIES = 0.5
"""The share of the kills that are aimed at a step; at least one round of all of them where there are kills enough."""
_REST_WITHIN = 600.0


def run(folder: Path, *, kills: int, seed: int | None, result: Path) -> bool:
    """Whether nothing was wrongly deleted, lost or stuck, and all else holds too. Writes `result`."""
    started = time.monotonic()
    seed = seed if seed is not None else random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    place = Place(
        folder,
        sandbox_port=int(os.environ["CHAOS_SANDBOX_PORT"]),
        web_port=int(os.environ["CHAOS_WEB_PORT"]),
    )
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        place.start_sandbox()
        cast.load(sandbox=place.sandbox.url)
        place.start_web()
        office = Office(place.sandbox, chance, browsers=(_sign_in(place, "anna"), _sign_in(place, "bea")))
        place.start_worker()
        killer = Killer(place, office, chance)
        aimed = min(kills, max(len(BOUNDARIES), round(kills * AT_BOUNDARIES)))
        while killer.kills < kills:
            killer.strike(at_boundary=killer.kills < aimed)
            if killer.kills % 10 == 0:
                _say(f"{killer.kills:4} kills, {len(office.cases)} requests, {time.monotonic() - started:.0f} s")
        _come_to_rest(place, office)
        figures, problems = _look(place, office, killer)
    finally:
        place.stop()
    figures |= {"seconds": round(time.monotonic() - started), "seed": seed, "problems": problems}
    result.parent.mkdir(exist_ok=True)
    result.write_text(json.dumps(figures, indent=2) + "\n")
    _print(figures, problems)
    return not problems


def _sign_in(place: Place, who: str) -> Browser:
    return Browser(f"http://127.0.0.1:{place.web_port}", email=f"{who}@example.com", password=PASSWORD)


def _come_to_rest(place: Place, office: Office) -> None:
    place.sandbox.clear_faults()
    office.takes_new = False
    deadline = time.monotonic() + _REST_WITHIN
    while office.work() and time.monotonic() < deadline:
        time.sleep(0.1)


def _look(place: Place, office: Office, killer: Killer) -> tuple[dict[str, object], list[str]]:
    calls = place.sandbox.calls()
    hit = Counter(call.fault for call in calls if call.fault)
    by_web = Case.objects.filter(pk__in=office.by_web)
    wrong = checks.wrong_deletions(place.sandbox, calls, office.cases.values())
    lost = checks.lost(place.sandbox, office.cases)
    still_open = Case.objects.filter(pk__in=office.cases, closed_at=None)
    twice = checks.done_twice(calls, office.cases)
    stuck = [f"{case.reference}: {case.state}" for case in still_open.exclude(state="needs_attention")]
    certificates = checks.wrong_certificates(office.cases)
    chain = checks.broken_chain()
    figures: dict[str, object] = {
        "kills": killer.kills,
        "kills_in_a_job": killer.kills_in_a_job,
        "kills_at_boundaries": sum(killer.reached.values()),
        "boundaries": dict(killer.reached),
        "faults": sum(hit.values()),
        "faults_by_kind": dict(sorted(hit.items())),
        "calls": len(calls),
        "deletes_sent": sum(call.method == "DELETE" for call in calls),
        "changes_sent": sum(call.method == "POST" for call in calls),
        "requests": len(office.cases),
        "requests_by_web": len(office.by_web),
        "approved_by_web": by_web.filter(approvals__isnull=False).distinct().count(),
        "erased": Case.objects.filter(pk__in=office.cases, outcome="erased").count(),
        "changed": Case.objects.filter(pk__in=office.cases, outcome="changed").count(),
        "called_for_a_person": dict(sorted(office.called_for.items())),
        "stopped_by_faults": office.had_go_on,
        "with_a_person": still_open.filter(state="needs_attention").count(),
        "wrong_deletions": len(wrong),
        "lost": len(lost),
        "stuck": len(stuck),
        "done_twice": len(twice),
        "certificates": Document.objects.filter(kind=DocumentKind.CERTIFICATE).count(),
        "wrong_certificates": len(certificates),
        "audit_chain_holds": not chain,
    }
    idle = [] if killer.kills_in_a_job or not killer.kills else ["no kill met a job at work, so nothing was shown"]
    return figures, [*idle, *wrong, *lost, *stuck, *twice, *certificates, *chain]


def _print(figures: dict[str, object], problems: list[str]) -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            _say(f"{name.replace('_', ' ')}:")
            for kind, count in value.items():
                _say(f"    {kind:<40}{count:>6}")
        elif name != "problems":
            _say(f"{name.replace('_', ' '):<44}{value!s:>6}")
    _say("After each kill the leases of the dead run were ended by hand, which stands for waiting until they end.")
    for problem in problems:
        _say(f"WRONG: {problem}")


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201
