"""Where a webhook really goes: its host is looked up, and every address asked for (SSRF).

What was looked up is what is called. Look-ups have threads of their own: the loop's are few, and a
name whose servers do not answer holds one for many seconds.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from services.alerts.domain.addresses import (
    Address,
    AddressRules,
    ForbiddenAddressError,
    Target,
    choose,
    read_url,
)

RESOLVE_SECONDS: Final = 5.0
RESOLVING_MAX: Final = 64
"""Most names looked up at once, those that are given up included."""
ADDRESSES_MAX: Final = 32
"""Most addresses of one name that are looked at; a name with more is refused."""

Lookup = Callable[[str, int], Sequence[str]]


class UnresolvedError(Exception):
    """A name cannot be looked up now."""


def look_up(host: str, port: int) -> list[str]:
    """Ask the machine's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class Guard:
    """Tells which addresses a URL may be called at."""

    def __init__(self, rules: AddressRules, lookup: Lookup = look_up) -> None:
        """`lookup` gives all addresses of a host; OSError if it cannot."""
        self.rules = rules
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(RESOLVING_MAX, thread_name_prefix="resolve")

    async def ask(self, url: str) -> tuple[Target, tuple[Address, ...]]:
        """Give a URL's parts and the addresses it may be called at.

        ForbiddenAddressError if it may not be called, UnresolvedError if that cannot be told now.
        """
        target = read_url(url, self.rules)
        if target.literal is not None:
            return target, choose(target, [target.literal], self.rules)
        addresses = await self._resolve(target)
        if len(addresses) > ADDRESSES_MAX:
            msg = f"{target.host} has more than {ADDRESSES_MAX} addresses"
            raise ForbiddenAddressError(msg, f"{target.host} 的地址超过 {ADDRESSES_MAX} 个")
        return target, choose(target, addresses, self.rules)

    async def check(self, url: str) -> None:
        """Raise ForbiddenAddressError unless a URL may be called now."""
        try:
            await self.ask(url)
        except UnresolvedError as error:
            msg = f"the host of the URL cannot be found: {error}"
            raise ForbiddenAddressError(msg, f"无法解析该地址的主机:{error}") from error

    def close(self) -> None:
        """Look up no more; what hangs is left to itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _resolve(self, target: Target) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await loop.run_in_executor(
                    self._threads, self._lookup, target.host, target.port
                )
        except (OSError, TimeoutError) as error:
            raise UnresolvedError(target.host) from error
        # The scope of a link-local address stands behind a per cent sign.
        return [ipaddress.ip_address(one.partition("%")[0]) for one in found]
