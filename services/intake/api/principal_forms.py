"""What is asked for when keys are given out."""

import datetime as dt
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contracts.events.principals import JURISDICTIONS_MAX, ORGANISATIONS_MAX, ROLES_MAX
from contracts.vocabulary import Code, Identifier, Name, PrincipalKind, Role
from services.intake.domain.principals import ID_PATTERN

KEY_DAYS_DEFAULT: Final = 365
"""How long a key opens doors unless something else is asked for."""
OVERLAP_SECONDS_DEFAULT: Final = int(dt.timedelta(days=7).total_seconds())
OVERLAP_SECONDS_MAX: Final = int(dt.timedelta(days=90).total_seconds())


class Bounds(BaseModel):
    """What somebody may do, and of whom."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Name
    """Its name for people."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=ROLES_MAX)]
    """What it may do."""
    jurisdictions: (
        Annotated[tuple[Code, ...], Field(min_length=1, max_length=JURISDICTIONS_MAX)] | None
    )
    """Codes of the jurisdictions it is bound to; null, which has to be said: all there are."""
    organisations: Annotated[tuple[Identifier, ...], Field(max_length=ORGANISATIONS_MAX)] = ()
    """Roots of the subtrees it is bound to in its one jurisdiction; empty: the whole of it."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.organisations and (self.jurisdictions is None or len(self.jurisdictions) != 1):
            msg = "organisations bound a principal only within exactly one jurisdiction"
            raise ValueError(msg)
        if Role.PUBLISHER in self.roles and len(self.roles) > 1:
            msg = "a publisher is nothing else; a person who imports files is of the data desk"
            raise ValueError(msg)
        return self


class NewPrincipal(Bounds):
    """Who is to be let in."""

    id: Annotated[str, Field(pattern=ID_PATTERN)]
    """Its name for programs: for a publisher, its topic is `publish.<id>`."""
    kind: PrincipalKind | None = None
    """Publisher if that is its role, else a person; say `service` for a program that asks."""
    expires: AwareDatetime | None = None
    """When its key ends; left out: in KEY_DAYS_DEFAULT days; null: never."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        publishes = Role.PUBLISHER in self.roles
        if publishes and self.kind not in {None, PrincipalKind.PUBLISHER}:
            msg = "a publisher is nothing else; a person who imports files is of the data desk"
            raise ValueError(msg)
        if not publishes and self.kind is PrincipalKind.PUBLISHER:
            msg = "a publisher has the role publisher"
            raise ValueError(msg)
        return self


class NewKey(BaseModel):
    """Which key is to follow."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    expires: AwareDatetime | None = None
    """When it ends; left out: in KEY_DAYS_DEFAULT days; null: never."""
    overlap_seconds: Annotated[int, Field(ge=0, le=OVERLAP_SECONDS_MAX)] = OVERLAP_SECONDS_DEFAULT
    """How long the keys before it go on opening doors; 0: they end now."""
