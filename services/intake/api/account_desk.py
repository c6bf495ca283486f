"""Where passwords are set and compared, and tries counted: what the routes about them share."""

import asyncio
import datetime as dt
import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from typing import Final

from services.chassis import clock
from services.chassis.identity_keys import KEY_ID_BYTES, SECRET_BYTES
from services.chassis.mongo import Session
from services.intake.api import account_problems as problems
from services.intake.api import principal_problems
from services.intake.api.principal_desk import Desk
from services.intake.domain.accounts import weakness
from services.intake.domain.principals import (
    KeyRecord,
    KeyUse,
    Registered,
    TooManyKeysError,
    with_credential,
    without_use,
)
from services.intake.store.accounts import Account, MongoAccounts, Tries, seconds_left
from services.intake.store.passwords import BusyError, Passwords
from services.intake.store.principal_log import Action, LogEntry

TRIES_MAX: Final = 10
"""Tries for one name from one address in a quarter of an hour."""
TRIES_OF_NAME_MAX: Final = 100
"""Tries for one name from everywhere: so many addresses have to work together to keep somebody
out, and still guess next to nothing."""
TRIES_OF_ADDRESS_MAX: Final = 100
"""Tries from one address for all names: an office may stand behind one."""
SIGN_INS_MAX: Final = 60
"""Times that somebody may sign in in a quarter of an hour: each costs a hash and a line."""
NETWORK_BITS: Final = 64
"""Of an IPv6 address: the rest its owner chooses, as often as he likes."""


@dataclass(frozen=True)
class AccountDesk:
    """Passwords, by way of the desk where keys are given out."""

    desk: Desk
    passwords: Passwords
    tries: Tries

    @property
    def accounts(self) -> MongoAccounts:
        """Who has a password."""
        return self.desk.accounts

    async def set(
        self, before: Registered, password: str, by: str, action: Action
    ) -> tuple[Registered, Account, bool]:
        """Set a password: sessions of the one before end. Gives also whether all were told."""
        weak = weakness(password, before.id)
        if weak is not None:
            raise problems.weak(weak)
        hashed = await self.hash(password)
        now = clock.now()
        key = credential(KeyUse.PASSWORD, now, None)
        account = Account(before.id, hashed, key.key_id, now, by)

        async def also(session: Session) -> None:
            await self.accounts.keep(account, session)

        entry = LogEntry(by, action, before.id, key.key_id)
        after = _given(before, key, now)
        spread = await self.desk.change(before, after, entry, also)
        return after, account, spread

    async def remove(self, before: Registered, by: str) -> tuple[Registered, bool]:
        """Remove a password, and with it its sessions."""
        if await self.accounts.get(before.id) is None:
            raise problems.no_password(before.id)

        async def also(session: Session) -> None:
            await self.accounts.forget(before.id, session)

        after = without_use(before, KeyUse.PASSWORD, clock.now())
        entry = LogEntry(by, "password_removed", before.id)
        return after, await self.desk.change(before, after, entry, also)

    async def hash(self, password: str) -> str:
        """Hash a password; 503 where too many are at it."""
        try:
            return await self.passwords.hash(password)
        except BusyError as error:
            raise problems.busy() from error

    async def matches(
        self, name: str, address: str, account: Account | None, password: str
    ) -> bool:
        """Compare a password; as long in coming where there is no account.

        503 where too many are at it: that was no try.
        """
        hashed = None if account is None else account.hashed
        try:
            return await self.passwords.matches(hashed, password)
        except BusyError as error:
            await self.forgive(name, address)
            raise problems.busy() from error

    async def admit(self, name: str, address: str, principal: Registered | None) -> None:
        """Count a try, before it is looked at; 429 where there were too many.

        What is stopped for its address is not counted against the name: or one address alone
        could keep its owner out everywhere.
        """
        now = clock.now()
        limits = (TRIES_MAX, TRIES_OF_ADDRESS_MAX, TRIES_OF_NAME_MAX)
        for subject, most in zip(_subjects(name, address), limits, strict=True):
            found = await self.tries.count(subject, now)
            if found <= most:
                continue
            if principal is not None and found == most + 1:
                detail = {"address": address}
                entry = LogEntry(principal.id, "sign_in_limited", principal.id, detail=detail)
                await self.desk.store.note(entry)
            raise problems.too_many_tries(seconds_left(now))

    async def welcome(self, name: str) -> None:
        """Count somebody who is let in; 429 where it is a program that signs in again and again."""
        now = clock.now()
        if await self.tries.count(f"in\0{name}", now) > SIGN_INS_MAX:
            raise problems.too_many_tries(seconds_left(now))

    async def forgive(self, name: str, address: str) -> None:
        """Count one more try no longer: it was right."""
        now = clock.now()
        await asyncio.gather(
            *(self.tries.forgive(subject, 1, now) for subject in _subjects(name, address))
        )


def credential(use: KeyUse, now: dt.datetime, expires: dt.datetime | None) -> KeyRecord:
    """Draw a credential: a key whose secret is thrown away, so that nobody can send it."""
    nobodys = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).hexdigest()
    return KeyRecord(secrets.token_hex(KEY_ID_BYTES), nobodys, now, expires, use=use)


def _given(before: Registered, key: KeyRecord, now: dt.datetime) -> Registered:
    if before.revoked is not None:
        raise principal_problems.is_revoked(before.id)
    try:
        return with_credential(before, key, now)
    except TooManyKeysError as error:
        raise principal_problems.too_many_keys(before.id) from error


def place_of(address: str) -> str:
    """Tell by what an address is counted: of IPv6 by its network, which is one subscriber's."""
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), NETWORK_BITS), strict=False))


def _subjects(name: str, address: str) -> tuple[str, str, str]:
    # What is counted has kinds of its own: a name cannot be made to look like an address.
    place = place_of(address)
    return f"both\0{place}\0{name}", f"address\0{place}", f"name\0{name}"
