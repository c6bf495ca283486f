"""The closed lists of the contracts, as their source says them: code by code with its meaning."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Final

import contracts.vocabulary

CHINESE: Final = re.compile(r"^[^:.(]*[一-鿿][^:.(]*")
"""A meaning that begins in Chinese, up to the English that follows it."""
TEXTS: Final = {
    "ExpectedBasis": "basis",
    "AttainmentState": "state",
    "FindingKind": "finding",
    "FindingNature": "nature",
    "BudgetAccount": "account",
    "IndicatorBehaviour": "behaviour",
    "IndicatorDirection": "direction",
    "FormLayout": "layout",
    "PaperStepKind": "paper_happened",
    "PriorityListKind": "priority",
    "CauseArea": "area",
    "ReasonType": "reason",
    "EscalationLevel": "level",
    "ReviewOutcome": "outcome",
    "ClosingGround": "ground",
    "MuteGround": "mute",
}
"""List → the texts that name its codes; the others' are called as the list is: `project_class`."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code, and what it means."""

    code: str
    chinese: str
    """Its name as the source begins; empty: the source says none."""
    text: str
    """What the source says of it."""


@dataclass(frozen=True, slots=True)
class CodeList:
    """A closed list."""

    name: str
    texts: str
    """Group of texts that name its codes, where there are some."""
    module: str
    """What it is about: money, targets, projects …"""
    meaning: str
    codes: tuple[Meaning, ...]


@cache
def code_lists() -> tuple[CodeList, ...]:
    """Read every closed list of the contracts."""
    return tuple(_lists())


def _lists() -> Iterator[CodeList]:
    for found in pkgutil.iter_modules(contracts.vocabulary.__path__):
        module = importlib.import_module(f"{contracts.vocabulary.__name__}.{found.name}")
        yield from _of_module(found.name, module)


def _of_module(name: str, module: ModuleType) -> Iterator[CodeList]:
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef) and any(_is_list(base) for base in node.bases):
            meaning = " ".join((ast.get_docstring(node) or "").split())
            texts = TEXTS.get(node.name, _words(node.name))
            yield CodeList(node.name, texts, name, meaning, tuple(_codes(node)))


def _is_list(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == "StrEnum"


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _codes(node: ast.ClassDef) -> Iterator[Meaning]:
    for place, one in enumerate(node.body):
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant):
            text = _behind(node.body, place)
            begins = CHINESE.match(text)
            chinese = begins.group().strip().rstrip("、") if begins else ""
            yield Meaning(str(one.value.value), chinese, text)


def _behind(body: list[ast.stmt], place: int) -> str:
    """Return the text that stands behind a member, if there is one."""
    following = body[place + 1] if place + 1 < len(body) else None
    if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
        return " ".join(str(following.value.value).split())
    return ""
