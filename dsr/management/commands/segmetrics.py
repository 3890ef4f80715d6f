"""`manage.py segmetrics …`: SegMetrics' actions for a terminal and for scripts. Deleting isn't among them."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from dsr.evidence.text import clean
from dsr.exceptions import CallFailed, DsrError, InvalidInput, NotAllowed, NothingThere, RuleBroken
from dsr.management.segmetrics import contacts, products, reports, tagging
from dsr.management.segmetrics.asking import Asked, add_common, behalf_of, connection_of
from dsr.management.segmetrics.terminal import Terminal

NOT_FOUND, WRONG_USE, NOT_ALLOWED, FAILED, NOT_DONE, STOPPED = 1, 2, 3, 4, 5, 130
CODES: dict[type[DsrError], tuple[int, str]] = {
    NothingThere: (NOT_FOUND, "not_found"),
    InvalidInput: (WRONG_USE, "wrong_use"),
    NotAllowed: (NOT_ALLOWED, "not_allowed"),
    CallFailed: (FAILED, "segmetrics_failed"),
    RuleBroken: (NOT_DONE, "not_done"),
}
Act = Callable[[Asked], None]


class Command(BaseCommand):
    help = (
        "Search, show and change contacts, tags and products, and read the attribution report. Exit codes: 0 done, "
        "1 SegMetrics has nothing there, 2 asked wrongly, 3 not allowed or not granted, 4 SegMetrics failed, 5 nothing "
        "was done (no was said, or it had changed meanwhile), 130 stopped."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        words = parser.add_subparsers(dest="word", required=True, metavar="WORD")
        contacts.add_who(_leaf(words, "search", contacts.search))
        _leaf(words, "show", contacts.show).add_argument("contact_id", help="“-” reads it from the standard input")
        contacts.add_change(_leaf(words, "upsert", contacts.upsert, writes=True))
        tags = words.add_parser("tags").add_subparsers(dest="verb", required=True, metavar="add|remove")
        for verb, act in (("add", contacts.add_tags), ("remove", contacts.remove_tags)):
            leaf = _leaf(tags, verb, act, writes=True)
            leaf.add_argument("contact_id", help="“-” reads it from the standard input")
            leaf.add_argument("tags", nargs="+", metavar="TAG")
        self._add_products(words.add_parser("products"))
        reports.add_report(_leaf(words, "report", reports.report))
        tagging.add_rule(_leaf(words, "tag-by-rule", tagging.tag_by_rule, writes=True))
        delete = words.add_parser("delete", help="isn't here: file a request")
        delete.add_argument("anything", nargs="*")
        delete.add_argument("--json", action="store_true")
        delete.set_defaults(act=None)

    def _add_products(self, parser: ArgumentParser) -> None:
        words = parser.add_subparsers(dest="verb", required=True, metavar="list|create|price|sync")
        _leaf(words, "list", products.listed)
        create = _leaf(words, "create", products.create, writes=True)
        create.add_argument("id")
        create.add_argument("name")
        create.add_argument("--price", default="", metavar="AMOUNT")
        price = _leaf(words, "price", products.price, writes=True)
        price.add_argument("id")
        price.add_argument("price", metavar="AMOUNT")
        price.add_argument("--name", default="", help="the product's name, where SegMetrics doesn't list it")
        products.add_sync(_leaf(words, "sync", products.sync, writes=True))

    def run_from_argv(self, argv: list[str]) -> None:
        """Wrong options are told as JSON too, where a script asked for that."""
        try:
            super().run_from_argv(argv)
        except SystemExit as ended:
            if ended.code == WRONG_USE and "--json" in argv and not getattr(self, "has_told", False):
                self._tell_script("wrong_use", "The options aren't right: see the standard error.")
            raise

    def handle(self, *args: Any, act: Act | None, **options: Any) -> None:
        self._as_json = bool(options["json"])
        if act is None:
            where = f"{settings.ENV.base_url}{reverse('new_case')}"
            words = (
                f"Nothing is deleted by a command: file a request at {where}. It is reviewed, and approved by another."
            )
            self._fail(NOT_ALLOWED, "not_allowed", words)
        out, err = (cast("Any", stream)._out for stream in (self.stdout, self.stderr))  # Rich colours by itself
        terminal = Terminal(
            out,
            err,
            as_json=self._as_json,
            yes=options.get("yes", False),
            dry_run=options.get("dry_run", False),
            plain=options["no_color"],
        )
        try:
            behalf = behalf_of(options["person"])
            connection = connection_of(options["connection"])
            act(Asked(terminal=terminal, connection=connection, behalf=behalf, options=options))
        except KeyboardInterrupt:
            self._fail(STOPPED, "stopped", "Stopped.", so_far=terminal.so_far)
        except DsrError as error:
            code, name = next((told for kind, told in CODES.items() if isinstance(error, kind)), (FAILED, "failed"))
            details = error.details if isinstance(error, CallFailed) else ()
            self._fail(code, name, str(error), details, so_far=terminal.so_far)

    def _fail(
        self,
        code: int,
        name: str,
        words: str,
        details: tuple[str, ...] = (),
        *,
        so_far: Mapping[str, Any] | None = None,
    ) -> NoReturn:
        if self._as_json:
            self._tell_script(name, words, details, so_far or {})
        said = " ".join([words, *(f"SegMetrics says: {clean(detail)}" for detail in details)])
        raise CommandError(said, returncode=code)

    def _tell_script(
        self, name: str, words: str, details: tuple[str, ...] = (), so_far: Mapping[str, Any] | None = None
    ) -> None:
        self.has_told = True
        document = {**(so_far or {}), "error": {"code": name, "message": words, "details": list(details)}}
        self.stdout.write(json.dumps(document, indent=2))


def _leaf(words: Any, name: str, act: Act, *, writes: bool = False) -> ArgumentParser:
    leaf: ArgumentParser = words.add_parser(name)
    add_common(leaf, writes=writes)
    leaf.set_defaults(act=act)
    return leaf
