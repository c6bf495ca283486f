"""Who has signed in at the OpenID provider: registered, or changed, by what its token says.

Only where the deployment says how claims are read, and only those who came that way: whoever was
registered by hand keeps what was given by hand. A principal that was revoked stays out.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from contracts.events.principals import WITHIN_MAX
from contracts.vocabulary import PrincipalKind
from services.chassis import clock
from services.chassis.identity_tokens import Tokens
from services.chassis.log import get_logger
from services.chassis.problems import ProblemError
from services.chassis.settings import OidcSettings
from services.intake.api import account_problems as problems
from services.intake.api.account_desk import credential
from services.intake.api.principal_desk import Desk
from services.intake.api.principal_forms import NewPrincipal
from services.intake.domain.claims import ClaimRules, Unbelieved, believed
from services.intake.domain.principals import (
    RESERVED,
    Claimed,
    KeyUse,
    Registered,
    TooManyKeysError,
    as_claimed,
    with_credential,
    without_use,
)
from services.intake.store.principal_log import LogEntry
from services.intake.store.principals import PrincipalExistsError, TooManyPrincipalsError
from services.intake.store.telling import SYSTEM

log = get_logger(__name__)

CREDENTIAL_SECONDS: Final = 24 * 3_600
"""How long a credential lives that a sign-in at the provider makes: two sessions."""
TRIES_MAX: Final = 3
"""How often it is tried again because somebody has changed the principal meanwhile."""


class RefusedError(Exception):
    """The token lets nobody in; says why, for the log."""


@dataclass(frozen=True)
class Claiming:
    """Lets those in whom the provider vouches for."""

    desk: Desk
    tokens: Tokens
    settings: OidcSettings

    async def sign_in(self, token: str, nonce: str) -> tuple[Registered, str]:
        """Tell who it is and what the session rests on; 401 if nobody who may be let in."""
        try:
            return await self._sign_in(token, nonce)
        except RefusedError as error:
            log.warning("sign_in_refused", kind="token", reason=str(error))
            raise problems.not_of_the_provider() from error

    async def _sign_in(self, token: str, nonce: str) -> tuple[Registered, str]:
        claims = await self.tokens.signed_in(token.encode(), nonce)
        if claims is None:
            msg = "the token is not valid, not for us, or not of this sign-in"
            raise RefusedError(msg)
        name = claims[self.settings.claim]
        if not isinstance(name, str):
            msg = f"the claim {self.settings.claim} is no text"
            raise RefusedError(msg)
        for left in reversed(range(TRIES_MAX)):
            try:
                known = await self._known(name, claims)
                return await self._with_credential(known)
            except (ProblemError, PrincipalExistsError):
                # Somebody was faster: another sign-in, an operator, the tree.
                if not left:
                    raise
        raise AssertionError(TRIES_MAX)

    async def _known(self, name: str, claims: dict[str, Any]) -> Registered:
        """Find the principal, or make it, as the provider says it is."""
        known = await self.desk.store.get(name)
        if known is not None and known.revoked is not None:
            msg = f"{name} was revoked"
            raise RefusedError(msg)
        if self.settings.roles_claim and (known is None or known.claimed):
            return await self._claimed(name, known, claims)
        if known is None or known.kind is not PrincipalKind.STAFF:
            msg = f"{name} is not registered as a person"
            raise RefusedError(msg)
        return known

    async def _claimed(
        self, name: str, known: Registered | None, claims: dict[str, Any]
    ) -> Registered:
        said = believed(name, claims, self._rules())
        if isinstance(said, Unbelieved):
            if known is not None:
                await self._end(known, said)
            msg = f"{name}: {said}"
            raise RefusedError(msg)
        within = await self._checked(said)
        detail = {
            "issuer": self.settings.issuer,
            "roles": list(said.roles),
            "jurisdictions": list(said.jurisdictions),
            "organisations": list(said.organisations),
        }
        entry = LogEntry(SYSTEM, "claimed", name, detail=detail)
        if known is not None:
            after = as_claimed(known, said, within)
            if after is not known:
                await self.desk.change(known, after, entry)
            return after
        return await self._register(said, within, entry)

    async def _register(
        self, said: Claimed, within: tuple[str, ...], entry: LogEntry
    ) -> Registered:
        made = Registered(
            id=said.id,
            kind=PrincipalKind.STAFF,
            name=said.name,
            roles=said.roles,
            jurisdictions=said.jurisdictions,
            organisations=said.organisations,
            within=within,
            keys=(),
            version=1,
            created=clock.now(),
            claimed=True,
        )
        try:
            await self.desk.store.add(made, entry)
        except TooManyPrincipalsError as error:
            msg = "there are too many principals"
            raise RefusedError(msg) from error
        await self.desk.spread(made)
        return made

    async def _checked(self, said: Claimed) -> tuple[str, ...]:
        """Hold what is claimed to what may be registered; resolve its subtrees."""
        try:
            NewPrincipal(
                id=said.id,
                name=said.name,
                roles=said.roles,
                jurisdictions=said.jurisdictions,
                organisations=said.organisations,
            )
        except ValidationError as error:
            wrong = "; ".join(f"{one['loc'][:1]}: {one['msg']}" for one in error.errors())
            msg = f"what is claimed may not be registered: {wrong}"
            raise RefusedError(msg) from error
        if said.id in RESERVED | self.desk.names:
            msg = f"{said.id} stands for a part of the deployment"
            raise RefusedError(msg)
        if not said.organisations:
            return ()
        within = await self.desk.telling.within(said.jurisdictions[0], said.organisations)
        if len(within) > WITHIN_MAX:
            msg = f"the subtrees of {said.id} hold {len(within)} organisations"
            raise RefusedError(msg)
        return within

    async def _end(self, known: Registered, why: Unbelieved) -> None:
        """End the sessions of one whom the provider vouches for no more."""
        after = without_use(known, KeyUse.SIGN_IN, clock.now())
        if after.keys != known.keys:
            entry = LogEntry(SYSTEM, "claimed", known.id, detail={"reason": why})
            await self.desk.change(known, after, entry)

    async def _with_credential(self, known: Registered) -> tuple[Registered, str]:
        """Give the credential of an earlier sign-in that lives long enough, or a new one."""
        now = clock.now()
        enough = now + dt.timedelta(seconds=CREDENTIAL_SECONDS / 2)
        for key in known.keys:
            if key.use is KeyUse.SIGN_IN and key.opens(enough) and key.opens(now):
                return known, key.key_id
        made = credential(KeyUse.SIGN_IN, now, now + dt.timedelta(seconds=CREDENTIAL_SECONDS))
        try:
            after = with_credential(known, made, now)
        except TooManyKeysError as error:
            msg = f"{known.id} has too many keys"
            raise RefusedError(msg) from error
        entry = LogEntry(SYSTEM, "credential_given", known.id, made.key_id)
        await self.desk.change(known, after, entry)
        return after, made.key_id

    def _rules(self) -> ClaimRules:
        told = self.settings
        return ClaimRules(
            told.roles_claim,
            told.roles,
            told.jurisdictions_claim,
            told.organisations_claim,
            told.name_claim,
        )
