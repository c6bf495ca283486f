"""Every log line is an event with a name, and has no field for what nobody may read there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from services.chassis.log import FORBIDDEN
from tests.architecture.repository import ROOT, tracked

LEVELS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
LOGGERS: Final = frozenset({"log", "logger", "_log"})
NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
PASSED_ON: Final = {"services/chassis/lane.py": {"what"}}
"""Where the name of the event is an argument: its callers are looked at instead."""
NOT_VALUES: Final = frozenset({"exc_info", "event"})


class Call(NamedTuple):
    """One line that is written."""

    where: str
    node: ast.Call


@cache
def calls() -> tuple[Call, ...]:
    """Give every call of a logger in what runs."""
    return tuple(_calls())


def _calls() -> Iterator[Call]:
    for path in tracked():
        if path.suffix == ".py" and path.parts[0] in {"services", "deploy", "contracts"}:
            for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _logs(node):
                    yield Call(str(path), node)


def _logs(node: ast.Call) -> bool:
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in LOGGERS
    )


def test_events_are_names_in_snake_case() -> None:
    """A constant, so that lines can be counted and looked for; what varies is a field."""
    wrong = []
    for where, call in calls():
        first = call.args[0] if len(call.args) == 1 else None
        if isinstance(first, ast.Name) and first.id in PASSED_ON.get(where, ()):
            continue
        name = first.value if isinstance(first, ast.Constant) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            wrong.append(f"{where}:{call.lineno}")

    assert [] == wrong


def test_names_that_are_passed_on_are_constants_too() -> None:
    """`Lane._failed` is told the event by its callers."""
    tree = ast.parse((ROOT / "services/chassis/lane.py").read_text(encoding="utf-8"))
    told = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_failed"
    ]

    assert len(told) > 3
    assert all(isinstance(one, ast.Constant) and NAME.fullmatch(str(one.value)) for one in told)


def test_no_line_has_a_field_for_a_secret() -> None:
    """Nor for a body, a header or a person: whoever writes one thinks again."""
    wrong = [
        f"{where}:{call.lineno} {keyword.arg}"
        for where, call in calls()
        for keyword in call.keywords
        if keyword.arg is None
        or (keyword.arg not in NOT_VALUES and not NAME.fullmatch(keyword.arg))
        or keyword.arg in FORBIDDEN
    ]

    assert [] == wrong


def test_the_walk_finds_lines() -> None:
    """Were loggers called otherwise one day, the tests above would hold nothing."""
    assert len(list(calls())) > 60


def test_nothing_is_printed_where_services_run() -> None:
    """`print` goes around the masks."""
    printed = [
        f"{path}:{node.lineno}"
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] == "services" and path.parts[1] != "cli"
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]

    assert [] == printed
