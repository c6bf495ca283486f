"""Who may be let in: intake owns principals, every service keeps its own copy."""

from typing import Annotated, ClassVar, Self

from pydantic import AwareDatetime, Field, model_validator

from contracts.envelope import Data, Part
from contracts.vocabulary import Code, Identifier, Name, PrincipalKind, Role

KEYS_MAX = 20
"""Most keys of one principal, those that no longer open anything included."""
ROLES_MAX = len(Role)
JURISDICTIONS_MAX = 500
ORGANISATIONS_MAX = 100
"""Most subtrees that one principal is bound to."""
WITHIN_MAX = 10_000
"""Most organisations in them: several times a large city's units; one record holds them."""


class PrincipalKey(Part):
    """One key, as far as anybody but its holder may know it."""

    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """Stands in the key itself: `dw_<key id>_<secret>`."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Hash of the whole key, whose secret has 256 random bits; the key is kept nowhere."""
    created: AwareDatetime
    """When it was given out."""
    expires: AwareDatetime | None = None
    """From when on it opens nothing; null: it does not expire."""
    revoked: AwareDatetime | None = None
    """When it was taken back."""


class PrincipalRegistered(Data):
    """A principal as it is now, in full; it replaces what was known of it.

    `date` is the day of the change in UTC; the event's `subject` is the principal's id.
    """

    TYPE: ClassVar[str] = "principal.registered"

    version: Annotated[int, Field(ge=1)]
    """Counts the changes of this principal: an older state never replaces a newer one."""
    kind: PrincipalKind
    """Publisher, person or service."""
    name: Name
    """Who it is, for people."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=ROLES_MAX)]
    """What it may do."""
    jurisdictions: Annotated[tuple[Code, ...], Field(max_length=JURISDICTIONS_MAX)] | None = None
    """Codes of the jurisdictions it is bound to; null: all there are."""
    organisations: Annotated[tuple[Identifier, ...], Field(max_length=ORGANISATIONS_MAX)] = ()
    """Roots of the subtrees it is bound to, in its one jurisdiction; empty: the whole of it."""
    within: Annotated[tuple[Identifier, ...], Field(max_length=WITHIN_MAX)] = ()
    """Every organisation of those subtrees by today's tree, so that readers need no tree."""
    keys: Annotated[tuple[PrincipalKey, ...], Field(max_length=KEYS_MAX)] = ()
    """Its keys."""

    @model_validator(mode="after")
    def _one_tree(self) -> Self:
        # Codes of organisations are unique within a jurisdiction, not beyond it.
        if self.organisations and (self.jurisdictions is None or len(self.jurisdictions) != 1):
            msg = "organisations bound a principal only within exactly one jurisdiction"
            raise ValueError(msg)
        return self


class PrincipalRevoked(Data):
    """A principal is no longer let in, whatever keys it holds; for ever.

    `date` is the day of the change in UTC; the event's `subject` is the principal's id.
    """

    TYPE: ClassVar[str] = "principal.revoked"

    version: Annotated[int, Field(ge=1)]
    """Counts the changes of this principal: an older state never replaces this one."""


PRINCIPAL_EVENTS: tuple[type[Data], ...] = (PrincipalRegistered, PrincipalRevoked)
