"""People at the real web process: they sign in, and send the forms that the pages show."""

from __future__ import annotations

import re

import httpx

from dsr.models import Case, Connection
from dsr.services.approval import words_to_type
from tests.chaos.subjects import Subject
from tests.marks import find_mark

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_FINGERPRINT = re.compile(r'name="fingerprint" value="([0-9a-f]{64})"')


class Refused(Exception):
    """The page said no: 409 where the case has moved on, 429 where it was too much at once."""


class Browser:
    """One signed-in person."""

    def __init__(self, address: str, *, email: str, password: str) -> None:
        self._http = httpx.Client(base_url=address, follow_redirects=True, timeout=30)
        self._password = password
        page = self._send("/accounts/sign-in/", "/accounts/sign-in/", login=email, password=password)
        assert "/accounts/" not in page.url.path, f"{email} can't sign in"

    def open(self, path: str) -> httpx.Response:
        """Look at a page."""
        return self._http.get(path, timeout=120)

    def file(self, subject: Subject, *, received_on: str) -> Case:
        """File an erasure request; its case."""
        page = self._send(
            "/cases/new/",
            "/cases/new/",
            kind="erasure",
            subject_name="Pat Example",
            emails=subject.email,
            connection=str(Connection.objects.get().pk),
            received_on=received_on,
            channel="email",
        )
        return Case.objects.get(reference=page.url.path.strip("/").removeprefix("cases/"))

    def settle_matches(self, case: Case, *, same: tuple[str, ...]) -> None:
        """Confirm the identity, decide on every contact, open the review."""
        if case.identity != "confirmed":
            self._act(case, "identity/confirm/", method="signed_letter")
        for row in case.candidates.filter(superseded=False, erased_at=None, decision=""):
            decision = "same_person" if row.contact_id in same else "other_person"
            self._act(case, f"contacts/{row.pk}/decide/", decision=decision, reason="order number")
        self._act(case, "review/open/")

    def review(self, case: Case) -> None:
        """Delete every line, and have it prepared."""
        plan = case.current_plan
        assert plan
        lines = {f"decision-{line.pk}": "delete" for line in plan.lines.all()}
        self._act(case, "review/save/", ground="17(1)(a)", then="prepare", **lines)

    def approve(self, case: Case) -> None:
        """Sign in again, type the contact id, approve the fingerprint that the page shows."""
        plan = case.current_plan
        shown = _FINGERPRINT.search(self._http.get(f"/cases/{case.reference}/approval/").text)
        if not (plan and shown):
            raise Refused("nothing to approve")
        typed = " ".join(words_to_type(plan))
        self._act(case, "approve/", typed_ids=typed, password=self._password, fingerprint=shown[1])

    def _act(self, case: Case, path: str, **fields: str) -> None:
        self._send(f"/cases/{case.reference}/", f"/cases/{case.reference}/{path}", **fields)

    def _send(self, page: str, path: str, **fields: str) -> httpx.Response:
        """Open the page, and send one of its forms."""
        shown = self._http.get(page).raise_for_status().text
        token = _TOKEN.search(shown)
        assert token, f"no form on {page}"
        sent = {**fields, "csrfmiddlewaretoken": token[1], "seen": find_mark(shown, path)}
        answer = self._http.post(path, data=sent)
        if answer.status_code in {409, 429}:
            raise Refused(f"{answer.status_code} at {path}")
        return answer.raise_for_status()
