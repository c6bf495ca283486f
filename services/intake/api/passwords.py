"""Passwords of local accounts: set and removed by whoever gives out keys, changed by their owner.

The login name is the principal's id. A password that is set, changed or removed ends the sessions
that began with the one before, everywhere within about a second.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.chassis.identity import Caller
from services.intake.api import account_problems as problems
from services.intake.api.account_desk import AccountDesk
from services.intake.api.answers import answer
from services.intake.api.principal_desk import shown, told
from services.intake.domain.principals import ID_PATTERN

TYPED_LENGTH_MAX: Final = 1_000
"""Longest password that is looked at at all; what may be one is far shorter."""
OWN: Final = "own"
"""Stands for the address of those who change their own password: they are in already."""

PrincipalId = Annotated[str, Path(pattern=ID_PATTERN)]
Typed = Annotated[SecretStr, Field(max_length=TYPED_LENGTH_MAX)]


class NewPassword(BaseModel):
    """Which password is to be set."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    password: Typed
    """At least 10 signs; kept is its argon2id hash."""


class ChangedPassword(BaseModel):
    """Which password is to follow one's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    current: Typed
    """The present one."""
    password: Typed
    """The one to follow."""


def router(desk: AccountDesk) -> APIRouter:
    """Make the routes of those who give out keys."""
    routes = APIRouter(tags=["principals"])

    @routes.put("/v1/principals/{principal_id}/password")
    async def put(principal_id: PrincipalId, wanted: NewPassword, asking: Caller) -> Response:
        """Let somebody sign in at the console with a password; sessions of the last one end."""
        before = await desk.desk.find(principal_id, asking)
        if before.claimed:
            raise problems.signs_in_elsewhere(before.id)
        after, account, spread = await desk.set(
            before, wanted.password.get_secret_value(), asking.id, "password_set"
        )
        return answer({"principal": shown(after, {}, account), "spread": spread})

    @routes.delete("/v1/principals/{principal_id}/password")
    async def delete(principal_id: PrincipalId, asking: Caller) -> Response:
        """Let somebody sign in with a password no more; his keys stay."""
        before = await desk.desk.find(principal_id, asking)
        after, spread = await desk.remove(before, asking.id)
        return answer({"principal": shown(after, {}), "spread": spread})

    return routes


def own_router(desk: AccountDesk) -> APIRouter:
    """Make the route of those who have a password."""
    routes = APIRouter(tags=["principals"])

    @routes.put("/v1/me/password")
    async def change(wanted: ChangedPassword, asking: Caller) -> Response:
        """Change one's own password; all sessions of the old one end.

        The answer names the credential that new sessions rest on.
        """
        before = await desk.desk.store.get(asking.id)
        account = await desk.accounts.get(asking.id)
        if before is None or account is None:
            raise problems.no_password(asking.id)
        await desk.admit(asking.id, OWN, before)
        typed = wanted.current.get_secret_value()
        if not await desk.matches(asking.id, OWN, account, typed):
            raise problems.wrong_password()
        await desk.forgive(asking.id, OWN)
        _, changed, spread = await desk.set(
            before, wanted.password.get_secret_value(), asking.id, "password_changed"
        )
        return answer({"id": asking.id, "password": told(changed), "spread": spread})

    return routes
