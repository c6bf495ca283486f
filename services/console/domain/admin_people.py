"""People and programs that are let in: what forms ask for, and how they are listed."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.vocabulary import PrincipalKind, Role
from services.console.domain.admin_facts import words
from services.console.domain.data_desk import ending
from services.console.domain.steps import Form, one

KINDS: Final = tuple(kind.value for kind in PrincipalKind)
ROLES: Final = tuple(role.value for role in Role)
STAFF_ROLES: Final = tuple(role for role in ROLES if role != Role.PUBLISHER)
"""Roles that are given here; publishers are registered on their own page."""
OVERLAPS: Final = {"none": 0, "day": 86_400, "week": 604_800, "month": 2_592_000}
"""How long keys before a new one go on opening doors, seconds."""
KEY: Final = "key"
"""Use of a key that its holder has; the others are what sessions rest on."""
NEVER: Final = "never"
YEAR: Final = "year"
UNTIL: Final = "date"
EXPIRIES: Final = (YEAR, UNTIL, NEVER)

Person = Mapping[str, Any]


def wanted(form: Form) -> dict[str, Any]:
    """Read whom a form wants registered."""
    return {
        "id": one(form, "id"),
        "kind": one(form, "kind") or None,
        **bounds(form),
        **expiry(form),
    }


def bounds(form: Form) -> dict[str, Any]:
    """Read what somebody may do, and of whom."""
    everywhere = one(form, "bounds") == "all"
    return {
        "name": one(form, "name"),
        "roles": list(form.get("roles", ())),
        "jurisdictions": None if everywhere else words(one(form, "jurisdictions")),
        "organisations": [] if everywhere else words(one(form, "organisations")),
    }


def rotation(form: Form) -> dict[str, Any]:
    """Read which key is to follow the present ones."""
    overlap = OVERLAPS.get(one(form, "overlap"), OVERLAPS["week"])
    return {"overlap_seconds": overlap, **expiry(form)}


def expiry(form: Form) -> dict[str, Any]:
    """Read when a key ends; what is left out is intake's default, a year."""
    match one(form, "expires"):
        case "never":
            return {"expires": None}
        case "date":
            # Without a day intake refuses it: a year is what was not chosen.
            return {"expires": "", **ending(one(form, "expires_on"))}
        case _:
            return {}


def is_open(key: Mapping[str, Any], now: dt.datetime) -> bool:
    """Tell whether a key opens doors."""
    ends = key["expires"]
    return key["revoked"] is None and (ends is None or dt.datetime.fromisoformat(ends) > now)


def shown(person: Person, now: dt.datetime) -> dict[str, Any]:
    """Give a principal with what a list says of it; what its sessions rest on is no key to show."""
    keys = [{**key, "open": is_open(key, now)} for key in person["keys"]]
    uses = [key["last_used"] for key in keys if key["last_used"]]
    return {
        **person,
        "keys": [key for key in keys if key["use"] == KEY],
        "password": person.get("password"),
        "state": state_of(person, keys),
        "last_used": max(uses, default=None),
    }


def state_of(person: Person, keys: Iterable[Mapping[str, Any]]) -> str:
    """Say whether somebody is let in: open, shut (no key opens anything), revoked."""
    if person["revoked"] is not None:
        return "revoked"
    return "open" if any(key["open"] for key in keys) else "shut"


def chosen(people: Iterable[Person], query: str, role: str, state: str) -> list[Person]:
    """Choose among people by words of id or name, role and state."""
    low = query.casefold()
    return [
        one
        for one in people
        if (not low or low in one["id"].casefold() or low in one["name"].casefold())
        and (not role or role in one["roles"])
        and (not state or one["state"] == state)
    ]
