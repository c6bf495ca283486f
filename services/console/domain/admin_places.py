"""Organisations as a tree: what stands below one, and the way down to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ROWS_MAX: Final = 300
"""Most rows of a tree on one page: of larger ones the upper levels are shown."""
DEPTH_MAX: Final = 12
ORDER: Final = ("bureau", "bureau_division", "department", "unit")

Known = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Branch:
    """An organisation in the tree."""

    item: Mapping[str, Any]
    depth: int
    """How far below the top of the tree that is shown."""
    below: int
    """How many stand directly below it."""
    shown: bool
    """Whether those are shown too."""


def children(known: Known) -> dict[str, list[str]]:
    """Name what stands directly below each; empty: what stands below none that is known."""
    found: dict[str, list[str]] = {}
    for code, one in sorted(known.items(), key=lambda each: _place(each[1])):
        parent = one["parent"] if one["parent"] in known else ""
        found.setdefault(parent or "", []).append(code)
    return found


def _place(one: Mapping[str, Any]) -> tuple[int, str]:
    kind = one["kind"]
    return ORDER.index(kind) if kind in ORDER else len(ORDER), one["organisation"]


def branches(known: Known, top: str = "") -> list[Branch]:
    """Give the tree below one, row by row, as deep as ROWS_MAX rows allow."""
    below = children(known)
    levels: list[list[str]] = [below.get(top, [])[:ROWS_MAX]]
    total = len(levels[0])
    while len(levels) < DEPTH_MAX:
        following = [child for code in levels[-1] for child in below.get(code, ())]
        if not following or total + len(following) > ROWS_MAX:
            break
        levels.append(following)
        total += len(following)
    found: list[Branch] = []
    _walk(known, below, levels[0], (0, len(levels)), found)
    return found


def left_out(known: Known, top: str = "") -> int:
    """Count what stands directly below one and has no row."""
    return max(0, len(children(known).get(top, [])) - ROWS_MAX)


def _walk(
    known: Known,
    below: Mapping[str, Sequence[str]],
    codes: Sequence[str],
    depth: tuple[int, int],
    found: list[Branch],
) -> None:
    here, deepest = depth
    for code in codes:
        under = below.get(code, [])
        shown = here + 1 < deepest
        found.append(Branch(known[code], here, len(under), shown))
        if shown:
            _walk(known, below, under, (here + 1, deepest), found)


def way(known: Known, code: str) -> list[Mapping[str, Any]]:
    """Give the organisations above one, the highest first."""
    found: list[Mapping[str, Any]] = []
    parent = known[code]["parent"] if code in known else None
    for _ in range(DEPTH_MAX):
        if parent is None or parent not in known:
            break
        found.append(known[parent])
        parent = known[parent]["parent"]
    return list(reversed(found))


def counts(known: Known) -> dict[str, int]:
    """Count the organisations by kind."""
    found = dict.fromkeys(ORDER, 0)
    for one in known.values():
        found[one["kind"]] = found.get(one["kind"], 0) + 1
    return found
