"""Passwords hashed and compared: argon2id, in threads, a few at once.

A hash takes 64 MiB and a tenth of a second on purpose (RFC 9106, its second choice), so that
guessing is dear for whoever has stolen the store; and so few run at once, so that a flood of
sign-ins takes neither our memory nor the loop.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.intake.domain.accounts import normal

T = TypeVar("T")

AT_ONCE_MAX: Final = 2
"""Hashes that are computed at the same time: 64 MiB each."""
WAITING_MAX: Final = 50
"""Those that wait for their turn; more are sent away."""


class BusyError(Exception):
    """WAITING_MAX passwords are to be looked at already."""


class Passwords:
    """Hashes passwords, and compares them with hashes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """`hasher` is what today's hashes are made with."""
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE_MAX)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """Hash a password with a salt of its own."""
        return await self._in_turn(lambda: self._hasher.hash(normal(password)))

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password of a hash; as long in coming where there is none."""
        return await self._in_turn(lambda: self._compare(hashed, normal(password)))

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def _compare(self, hashed: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_hex())
        try:
            self._hasher.verify(hashed or self._nobodys, password)
        except (Argon2Error, InvalidHashError):
            return False
        return hashed is not None

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise BusyError
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
