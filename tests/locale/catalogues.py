"""What the translations must hold, read from the sources without GNU gettext, and what they do hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.template import Context, engines
from django.template.base import Node, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from dsr.evidence.templates import _engine

BASE = Path(settings.BASE_DIR)
LOCALE = BASE / "dsr" / "locale"
Key = tuple[str, str]
"""A text, and its context or nothing."""

_CALLS = {"_": 0, "gettext": 0, "gettext_lazy": 0, "gettext_noop": 0, "ngettext": 0, "pgettext": 1, "pgettext_lazy": 1}
_IN_A_FILTER = re.compile(r'_\("([^"]+)"\)')
_FIELD = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d+\]) (".*")$')


def needed() -> set[Key]:
    """Every text that a screen, a mail or a document may show."""
    found: set[Key] = set()
    for file in (BASE / "dsr").rglob("*.py"):
        found |= set(_of_code(ast.parse(file.read_text(encoding="utf-8"))))
    for file in (BASE / "templates").rglob("*"):
        if file.suffix in {".html", ".txt"}:
            found |= set(_of_template(_template(file.relative_to(BASE / "templates").as_posix())))
            found |= {(text, "") for text in _IN_A_FILTER.findall(file.read_text(encoding="utf-8"))}
    return found


def _template(name: str) -> Template:
    """From the engine that renders it: documents have one of their own."""
    if name.startswith(("evidence/", "export/")):
        return _engine().get_template(name)
    template: Template = engines["django"].get_template(name).template  # type: ignore[attr-defined]
    return template


def _of_code(tree: ast.AST) -> Iterator[Key]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            at = _CALLS[node.func.id]
            if isinstance(node.args[at], ast.Constant):
                texts = [ast.literal_eval(argument) for argument in node.args if isinstance(argument, ast.Constant)]
                yield texts[at], texts[0] if at else ""


def _of_template(template: Template) -> Iterator[Key]:
    nodes: list[Node] = list(template.nodelist)
    while nodes:
        node = nodes.pop()
        for name in node.child_nodelists:
            nodes += getattr(node, name, None) or []
        nodes += [child for _condition, branch in getattr(node, "conditions_nodelists", []) for child in branch]
        if isinstance(node, TranslateNode):
            if literal := getattr(node.filter_expression.var, "literal", None):  # else a text that is stored
                yield str(literal), _context(node)
        elif isinstance(node, BlockTranslateNode):
            yield node.render_token_list(node.singular)[0], _context(node)


def _context(node: TranslateNode | BlockTranslateNode) -> str:
    return str(node.message_context.resolve(Context())) if node.message_context else ""


def written(language: str) -> dict[Key, list[str]]:
    """The texts of a .po file, each with its translations: one, or one for each plural form."""
    return {
        (fields["msgid"], fields.get("msgctxt", "")): [
            value for name, value in fields.items() if name.startswith("msgstr")
        ]
        for fields in _entries(language)
    }


def plurals(language: str) -> dict[Key, str]:
    """The plural of each text that has one."""
    return {
        (fields["msgid"], fields.get("msgctxt", "")): fields["msgid_plural"]
        for fields in _entries(language)
        if "msgid_plural" in fields
    }


def _entries(language: str) -> Iterator[dict[str, str]]:
    text = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    for entry in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in entry.splitlines():
            if match := _FIELD.match(line):
                name = match[1]
                fields[name] = ast.literal_eval(match[2])
            elif line.startswith('"'):
                fields[name] += ast.literal_eval(line)
        if fields.get("msgid"):
            yield fields
