"""What an OpenID provider says of somebody, and how much of it is believed.

Pure. Roles come through a table of the deployment's alone, so that nobody at the provider can
invent one; whoever works for units or departments is let in only with organisations, so that a
claim that is missing never means everything.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from contracts.vocabulary import Role
from services.intake.domain.principals import Claimed

NAME_LENGTH_MAX: Final = 100
WORDS_MAX: Final = 1_000
"""Words of one claim that are looked at."""
NARROW: Final = frozenset(
    {
        Role.UNIT_FILLER,
        Role.UNIT_APPROVER,
        Role.DEPARTMENT_REVIEWER,
        Role.COUNTERPART_DIVISION,
    }
)
"""Roles that are nothing without the organisations that they are for."""


class Unbelieved(StrEnum):
    """Why somebody is not let in by what the provider says."""

    NO_ROLES = "no_roles"
    NO_JURISDICTIONS = "no_jurisdictions"
    NO_ORGANISATIONS = "no_organisations"
    """His roles need some, or what the claim says cannot be read: that is not no bound."""


class ClaimRules(msgspec.Struct, frozen=True):
    """Which claims are read, and what their words mean."""

    roles_claim: str
    roles: Mapping[str, Role]
    jurisdictions_claim: str
    organisations_claim: str
    """Empty: nobody is bound to organisations."""
    name_claim: str


def believed(name: str, claims: Mapping[str, Any], rules: ClaimRules) -> Claimed | Unbelieved:
    """Read who somebody is; its codes are not looked at yet."""
    words = words_of(claims, rules.roles_claim)
    roles = tuple(sorted({rules.roles[word] for word in words if word in rules.roles}))
    jurisdictions = tuple(sorted(set(words_of(claims, rules.jurisdictions_claim))))
    organisations = tuple(sorted(set(words_of(claims, rules.organisations_claim))))
    if not roles:
        return Unbelieved.NO_ROLES
    if not jurisdictions:
        return Unbelieved.NO_JURISDICTIONS
    unreadable = not organisations and bool(claim_of(claims, rules.organisations_claim))
    if unreadable or (not organisations and not NARROW.isdisjoint(roles)):
        return Unbelieved.NO_ORGANISATIONS
    shown = claim_of(claims, rules.name_claim)
    called = shown.strip()[:NAME_LENGTH_MAX] if isinstance(shown, str) else ""
    return Claimed(name, called or name, roles, jurisdictions, organisations)


def words_of(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """Read a claim's words: a text, or a list of them; anything else has none."""
    found = claim_of(claims, claim) if claim else None
    if isinstance(found, str):
        return (found,) if found else ()
    if isinstance(found, list) and len(found) <= WORDS_MAX:
        return tuple(word for word in found if isinstance(word, str) and word)
    return ()


def claim_of(claims: Mapping[str, Any], claim: str) -> Any:
    """Find a claim by its name, or by the path to it with dots (`realm_access.roles`)."""
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for step in claim.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
