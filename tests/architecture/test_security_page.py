"""docs/security.md: every test that it names is there, every number is one of the standard's."""

import ast
import re
from collections import Counter
from functools import cache
from typing import Final

from tests.architecture.repository import ROOT

PAGE: Final = (ROOT / "docs" / "security.md").read_text("utf-8")
NODE: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FILE: Final = re.compile(r"`((?:services|deploy|\.ci)/[\w./]+)`")
ROW: Final = re.compile(r"^\| (V\d+\.\d+\.\d+) \|.*\| `tests/", re.MULTILINE)
REQUIREMENTS: Final = {
    # Chapter → sections with the number of their requirements, as of ASVS 5.0.0.
    1: (2, 10, 12, 3, 3), 2: (3, 3, 5, 2), 3: (1, 3, 5, 8, 8, 1, 5), 4: (5, 5, 2, 4),
    5: (1, 6, 3, 3), 6: (3, 12, 8, 6, 8, 4, 2, 4), 7: (3, 4, 2, 5, 3, 2), 8: (4, 4, 3, 2),
    9: (3, 4), 10: (2, 3, 5, 16, 5, 2, 3), 11: (4, 5, 5, 4, 2, 2, 2), 12: (5, 2, 5),
    13: (4, 6, 4, 7), 14: (2, 8, 3), 15: (5, 5, 7, 4), 16: (1, 5, 4, 3, 4), 17: (2, 8, 2),
}  # fmt: skip


@cache
def named_in(file: str) -> set[str]:
    """Name the tests of a file; none if there is no such file."""
    place = ROOT / file
    tree = ast.parse(place.read_text("utf-8")) if place.is_file() else ast.Module([], [])
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_test_that_is_named_is_there() -> None:
    """By file and name, as pytest takes it."""
    named = NODE.findall(PAGE)

    assert [] == [f"{file}::{name}" for file, name in named if name not in named_in(file)]
    assert len(named) > 100


def test_every_file_that_is_named_is_there() -> None:
    """Where a measure stands."""
    assert [] == [file for file in FILE.findall(PAGE) if not (ROOT / file).exists()]


def test_requirements_are_the_standards_each_once() -> None:
    """Numbered as in version 5.0.0."""
    numbers = ROW.findall(PAGE)
    parts = [tuple(map(int, number[1:].split("."))) for number in numbers]
    wrong = [
        part
        for part in parts
        if part[1] > len(REQUIREMENTS[part[0]]) or part[2] > REQUIREMENTS[part[0]][part[1] - 1]
    ]

    assert [] == wrong
    assert [] == [number for number, times in Counter(numbers).items() if times > 1]
    assert parts == sorted(parts)
    assert len(numbers) > 100
