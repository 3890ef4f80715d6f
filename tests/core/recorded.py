"""Every verb that the source can write to the audit log, found by reading the source."""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from dsr import audit

_BASE = Path(settings.BASE_DIR)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class _Place:
    """Where an expression stands: its module, and the functions around it, the outermost first."""

    module: str
    around: tuple[_Function, ...]

    def look_up(self, node: ast.expr) -> Any:
        """What a name, or an attribute of one, stands for in the module; nothing where it is known only as it runs."""
        if isinstance(node, ast.Name):
            return vars(import_module(self.module)).get(node.id)
        if isinstance(node, ast.Attribute):
            return getattr(self.look_up(node.value), node.attr, None)
        return None


@cache
def verbs() -> set[str]:
    """Followed from `audit.record` back to whatever is given as its verb, through all the functions that pass one on.

    Fails where an expression is of a kind that this doesn't read: say it more plainly, or teach it here.
    """
    return _given_to(audit.record, "verb")


def _given_to(function: Callable[..., Any], name: str) -> set[str]:
    found: set[str] = set()
    for call, place in _calls():
        if place.look_up(call.func) is function:
            bound = inspect.signature(function).bind_partial(*call.args, **{str(row.arg): row for row in call.keywords})
            argument = bound.arguments.get(name)
            assert argument is not None, f"{place.module}:{call.lineno} gives no {name}"
            found |= _values(argument.value if isinstance(argument, ast.keyword) else argument, place)
    assert found, f"nobody calls {function.__qualname__}"
    return found


def _values(node: ast.expr, place: _Place) -> set[str]:
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp():
            return _values(node.body, place) | _values(node.orelse, place)
        case ast.JoinedStr():
            return {"".join(parts) for parts in itertools.product(*(_values(part, place) for part in node.values))}
        case ast.FormattedValue():
            return _values(node.value, place)
        case ast.Name(id=name) if place.around and name in _parameters(place.around[-1]):
            return _given_to(vars(import_module(place.module))[place.around[-1].name], name)
    text = place.look_up(node)
    assert isinstance(text, str), f"{place.module}:{node.lineno}: which verb is {ast.unparse(node)}?"
    return {str(text)}


def _parameters(function: _Function) -> set[str]:
    return {row.arg for row in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}


@cache
def _calls() -> list[tuple[ast.Call, _Place]]:
    return [
        found for file in sorted((_BASE / "dsr").rglob("*.py")) if "migrations" not in file.parts for found in _in(file)
    ]


def _in(file: Path) -> Iterator[tuple[ast.Call, _Place]]:
    module = ".".join(file.relative_to(_BASE).with_suffix("").parts).removesuffix(".__init__")
    nodes: list[tuple[ast.AST, _Place]] = [(ast.parse(file.read_text(encoding="utf-8")), _Place(module, ()))]
    while nodes:
        node, place = nodes.pop()
        if isinstance(node, ast.Call):
            yield node, place
        if isinstance(node, _Function):
            place = _Place(module, (*place.around, node))
        nodes += [(child, place) for child in ast.iter_child_nodes(node)]
