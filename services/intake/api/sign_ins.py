"""Signing in: who somebody is, told to the console by a password or an OpenID provider's token.

The answer names the principal and the credential that the session is to rest on; the console
signs assertions about both, which every service takes as long as the credential is open.
"""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.chassis import clock, metrics
from services.chassis.identity import DEPLOYMENT, Caller
from services.chassis.problems import ProblemError
from services.intake.api import account_problems as problems
from services.intake.api.account_desk import AccountDesk
from services.intake.api.answers import answer
from services.intake.api.claiming import Claiming
from services.intake.api.passwords import Typed
from services.intake.api.principal_desk import SECRET_HEADERS
from services.intake.domain.principals import Registered
from services.intake.store.accounts import Account
from services.intake.store.principal_log import LogEntry

NAME_LENGTH_MAX: Final = 200
ADDRESS_LENGTH_MAX: Final = 64
TOKEN_LENGTH_MAX: Final = 16_384
NONCE_LENGTH_MAX: Final = 200

SIGN_INS = metrics.counter(
    "dualwatch_sign_ins_total",
    "People who signed in at the console, or tried to, by kind and outcome.",
    ("kind", "outcome"),
)

Address = Annotated[str, Field(max_length=ADDRESS_LENGTH_MAX)]


class ByPassword(BaseModel):
    """Somebody who has typed a name and a password."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["password"]
    name: Annotated[str, Field(max_length=NAME_LENGTH_MAX)]
    """The principal's id."""
    password: Typed
    address: Address = ""
    """Where he sits, as the console sees it: tries are counted by it."""


class ByToken(BaseModel):
    """Somebody who has signed in at the OpenID provider."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["token"]
    token: Annotated[SecretStr, Field(max_length=TOKEN_LENGTH_MAX)]
    """The ID token."""
    nonce: Annotated[str, Field(min_length=16, max_length=NONCE_LENGTH_MAX)]
    """What the token has to carry, so that it is of this sign-in and no other."""
    address: Address = ""


SignIn = Annotated[ByPassword | ByToken, Body(discriminator="kind")]


def router(desk: AccountDesk, claiming: Claiming | None) -> APIRouter:
    """Make the route; without `claiming` no provider's token lets anybody in."""
    routes = APIRouter(tags=["principals"])

    @routes.post("/v1/sign-ins")
    async def sign_in(wanted: SignIn, asking: Caller) -> Response:
        """Tell whose name and password, or whose token, these are; for the console alone.

        An unknown name, a wrong password and an account that ended get one answer, equally fast.
        """
        if asking.id != DEPLOYMENT:
            raise problems.deployment_only()
        if isinstance(wanted, ByToken):
            principal, credential = await _by_token(claiming, wanted)
        else:
            principal, credential = await _by_password(desk, wanted)
        return await signed_in(desk, wanted, principal, credential)

    return routes


async def _by_token(claiming: Claiming | None, wanted: ByToken) -> tuple[Registered, str]:
    try:
        if claiming is None:
            raise problems.not_of_the_provider()
        return await claiming.sign_in(wanted.token.get_secret_value(), wanted.nonce)
    except ProblemError:
        SIGN_INS.labels("token", "refused").inc()
        raise


async def _by_password(desk: AccountDesk, wanted: ByPassword) -> tuple[Registered, str]:
    """Find out who it is."""
    name = wanted.name.strip().lower()
    known = await desk.desk.store.get(name)
    account = await desk.accounts.get(name)
    try:
        await desk.admit(name, wanted.address, known)
    except ProblemError:
        SIGN_INS.labels("password", "limited").inc()
        raise
    typed = wanted.password.get_secret_value()
    right = await desk.matches(name, wanted.address, account, typed)
    if not right or known is None or account is None or not _open(known, account):
        SIGN_INS.labels("password", "refused").inc()
        raise problems.not_signed_in()
    await desk.forgive(name, wanted.address)
    if desk.passwords.outdated(account.hashed):
        fresh = await desk.hash(typed)
        await desk.accounts.rehash(account, fresh)
    return known, account.key_id


def _open(known: Registered, account: Account) -> bool:
    """Whether somebody is let in at all, and the credential was not taken back by itself."""
    now = clock.now()
    keys = {key.key_id: key for key in known.keys}
    key = keys.get(account.key_id)
    return known.revoked is None and key is not None and key.opens(now)


async def signed_in(
    desk: AccountDesk, wanted: ByPassword | ByToken, principal: Registered, credential: str
) -> Response:
    """Note who signed in, and tell the console what the session rests on."""
    try:
        await desk.welcome(principal.id)
    except ProblemError:
        SIGN_INS.labels(wanted.kind, "limited").inc()
        raise
    detail: dict[str, Any] = {"kind": wanted.kind, "address": wanted.address}
    entry = LogEntry(principal.id, "signed_in", principal.id, credential, detail)
    await desk.desk.store.note(entry)
    SIGN_INS.labels(wanted.kind, "signed_in").inc()
    found = answer({"id": principal.id, "name": principal.name, "credential": credential})
    found.headers.update(SECRET_HEADERS)
    return found
