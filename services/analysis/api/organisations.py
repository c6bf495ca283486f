"""Organisations: the tree as of a day, and what changed when (Art. 5, 6; domain-rules 9)."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Query

from contracts.vocabulary import ID_LENGTH_MAX, OrganisationKind
from services.analysis.api.asking import AsOf, JurisdictionCode, asked_day, today_of
from services.analysis.api.problems import unknown_jurisdiction
from services.analysis.domain import KnownOrganisation, Organisation, organisation_at
from services.analysis.domain.state import OrganisationVersion
from services.analysis.store.reading import Reader
from services.chassis.identity import Caller, Principal

PAGE_MAX: Final = 5_000
PAGE_DEFAULT: Final = 1_000
CHANGES_MAX: Final = 1_000
CHANGES_DEFAULT: Final = 100
CURSOR_LENGTH_MAX: Final = 200

Code = Annotated[str | None, Query(max_length=ID_LENGTH_MAX)]
Cursor = Annotated[
    str | None, Query(max_length=CURSOR_LENGTH_MAX, description="As `next` was given.")
]


class Stated(NamedTuple):
    """What one fact said of an organisation; the order of these is that of time."""

    day: int
    sequence: int
    code: str
    version: OrganisationVersion
    change: str
    """registered, restated, moved or closed."""

    @property
    def cursor(self) -> str:
        """Where the next page goes on."""
        return f"{self.day}.{self.sequence}.{self.code}"


def add_routes(router: APIRouter, reader: Reader) -> None:
    """Add the routes."""
    _add_tree(router, reader)
    _add_changes(router, reader)


def _add_tree(router: APIRouter, reader: Reader) -> None:
    @router.get("/organisations")
    async def organisations(
        *,
        asking: Caller,
        jurisdiction: JurisdictionCode,
        as_of: AsOf = None,
        kind: OrganisationKind | None = None,
        after: Code = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """List the organisations that exist on a day, by code; parents make the tree.

        Whoever is bound to subtrees gets those of today's tree, as they stood on the day.
        """
        day = await _day(reader, asking, jurisdiction, as_of)
        known = _seen(asking, await reader.organisations(jurisdiction))
        there = [organisation_at(state, day.toordinal()) for _, state in sorted(known.items())]
        found = [one for one in there if one and kind in {None, one.kind}]
        rest = [one for one in found if after is None or one.code > after]
        items = [_item(one, known[one.code]) for one in rest[:limit]]
        return {
            "jurisdiction": jurisdiction,
            "as_of": day.isoformat(),
            "items": items,
            "total": len(found),
            "next": rest[limit - 1].code if len(rest) > limit else None,
        }


def _add_changes(router: APIRouter, reader: Reader) -> None:
    @router.get("/organisations/changes")
    async def changes(
        *,
        asking: Caller,
        jurisdiction: JurisdictionCode,
        organisation: Code = None,
        registrations: Annotated[
            bool, Query(description="Whether first registrations are told too.")
        ] = True,
        after: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=CHANGES_MAX)] = CHANGES_DEFAULT,
    ) -> dict[str, Any]:
        """List what was stated of organisations, what holds from the latest day on first.

        `sequence` is the entry in the jurisdiction's own stream of the ledger that states it.
        """
        await _known(reader, asking, jurisdiction)
        known = _seen(asking, await reader.organisations(jurisdiction))
        wanted = known.values() if organisation is None else filter(None, [known.get(organisation)])
        told = (one for state in wanted for one in stated(state))
        found = [one for one in told if registrations or one.change != "registered"]
        found.sort(key=lambda one: one[:3], reverse=True)
        begin = _begin(found, after)
        page = found[begin : begin + limit]
        return {
            "jurisdiction": jurisdiction,
            "items": [_change(one) for one in page],
            "total": len(found),
            "next": page[-1].cursor if begin + limit < len(found) else None,
        }


def stated(state: Organisation) -> Iterator[Stated]:
    """Say in order what was stated of an organisation."""
    registered = False
    for version in state.versions:
        change = "moved" if version.last_day is None else "closed"
        if version.kind is not None:
            change = "restated" if registered else "registered"
            registered = True
        yield Stated(version.day, version.sequence, state.code, version, change)


async def _known(reader: Reader, asking: Principal, code: str) -> dt.date | None:
    copies = (await reader.jurisdictions(code)).get(code)
    if not copies or not asking.may_enter(code):
        raise unknown_jurisdiction(code)
    return today_of(copies)


async def _day(reader: Reader, asking: Principal, code: str, as_of: dt.date | None) -> dt.date:
    return asked_day(as_of, await _known(reader, asking, code))


def _seen(asking: Principal, known: Mapping[str, Organisation]) -> dict[str, Organisation]:
    if not asking.narrow:
        return dict(known)
    return {code: state for code, state in known.items() if code in asking.within}


def _item(one: KnownOrganisation, state: Organisation) -> dict[str, Any]:
    return {
        "organisation": one.code,
        "name": one.name,
        "kind": one.kind.value,
        "parent": one.parent,
        "counterpart_division": one.counterpart_division,
        "first_day": _date(state.versions[0].day),
        "last_day": _date(one.last_day),
        "changes": len(state.versions),
    }


def _change(one: Stated) -> dict[str, Any]:
    version = one.version
    return {
        "organisation": one.code,
        "change": one.change,
        "from": _date(one.day),
        "name": version.name or None,
        "kind": version.kind.value if version.kind else None,
        "parent": version.parent,
        "counterpart_division": version.counterpart_division,
        "last_day": _date(version.last_day),
        "sequence": one.sequence,
    }


def _begin(found: Iterable[Stated], after: str | None) -> int:
    """Find where a page begins: behind the one that the cursor names, 0 if there is none."""
    if after is None:
        return 0
    return next((place + 1 for place, one in enumerate(found) if one.cursor == after), 0)


def _date(day: int | None) -> str | None:
    return None if day is None else dt.date.fromordinal(day).isoformat()
