"""The tree of organisations, as of a day: what stands below one."""

import datetime as dt
from typing import Final

from services.analysis.api.asking import AskedWhole
from services.analysis.api.filters import Filters
from services.analysis.api.known import organisations_then
from services.analysis.api.ordering import Chosen
from services.analysis.api.problems import unknown_organisation
from services.analysis.domain.folding.organisations import KnownOrganisation, tree_at
from services.analysis.store.reading import Reader
from services.chassis.identity import Principal

DEPTH_MAX: Final = 50
"""Deepest tree that is followed: beyond, parents go round in a circle."""

Tree = dict[str, KnownOrganisation]


async def tree(
    reader: Reader, jurisdiction: str, day: dt.date, cut: list[int] | None = None
) -> Tree:
    """Return the organisations of a jurisdiction that exist on a day, as known now or at a cut."""
    if cut is None:
        states = await reader.organisations(jurisdiction)
    else:
        states = await organisations_then(reader, jurisdiction, cut)
    return tree_at(states.values(), day.toordinal())


def below(known: Tree, code: str) -> frozenset[str]:
    """Return an organisation and all below it; empty if there is none of this code."""
    if code not in known:
        return frozenset()
    children: dict[str, list[str]] = {}
    for one in known.values():
        if one.parent is not None:
            children.setdefault(one.parent, []).append(one.code)
    found, level = {code}, [code]
    for _ in range(DEPTH_MAX):
        level = [child for name in level for child in children.get(name, ()) if child not in found]
        if not level:
            break
        found.update(level)
    return frozenset(found)


def way_to(known: Tree, asking: Principal, code: str) -> list[dict[str, str]]:
    """Name an organisation and those above it, the topmost first, as far as the caller sees them.

    Empty if there is none of this code, or none that the caller may see.
    """
    found: list[dict[str, str]] = []
    one = known.get(code)
    for _ in range(DEPTH_MAX):
        if one is None or (asking.narrow and one.code not in asking.within):
            break
        found.append({"code": one.code, "name": one.name, "kind": str(one.kind)})
        one = known.get(one.parent) if one.parent is not None else None
    return found[::-1]


async def settled(reader: Reader, whole: AskedWhole, filters: Filters) -> Chosen:
    """Return what filters choose, with the subtree they name by the tree of the day; 404 if none.

    An organisation that is out of the caller's scope is answered like one that does not exist.
    """
    if filters.subtree is None:
        return filters.chosen
    known = await tree(reader, whole.code, whole.day, whole.known_last)
    within = below(known, filters.subtree)
    if not within or (whole.asking.narrow and not within & whole.asking.within):
        raise unknown_organisation(filters.subtree)
    return filters.chosen.inside(within)
