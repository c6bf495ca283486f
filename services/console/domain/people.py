"""Who is looking, as far as it decides what is offered: the services decide what is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in, or the guest."""

    id: str
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] | None = frozenset()
    """Codes of those that are shown; null: all there are."""
    organisations: tuple[str, ...] = ()
    """Roots of the subtrees that are shown; empty: all of the jurisdiction."""

    @property
    def narrow(self) -> bool:
        """Whether only a part of a jurisdiction is shown."""
        return bool(self.organisations)

    def own_bounds(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in what whoever is bound to organisations leaves out: nobody gives more than that.

        What is asked for beyond them stays as it is: intake refuses it and says why.
        """
        if not self.narrow or wanted["jurisdictions"] is None:
            return dict(wanted)
        return {
            **wanted,
            "jurisdictions": wanted["jurisdictions"] or sorted(self.jurisdictions or ()),
            "organisations": wanted["organisations"] or list(self.organisations),
        }

    def may(self, permission: str) -> bool:
        """Whether one of the roles allows it."""
        return permission in self.permissions


NOBODY: Final = Person("")


def person_of(me: Mapping[str, Any]) -> Person:
    """Read what intake says of whoever asks (`/v1/me`)."""
    bound = me.get("jurisdictions")
    return Person(
        str(me["id"]),
        frozenset(me.get("roles") or ()),
        frozenset(me.get("permissions") or ()),
        None if bound is None else frozenset(bound),
        tuple(me.get("organisations") or ()),
    )
