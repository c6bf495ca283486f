"""Tries to sign in: how many there may be, and who can keep whom out."""

import datetime as dt
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from argon2 import PasswordHasher

from contracts.vocabulary import PrincipalKind, Role
from services.chassis.problems import ProblemError
from services.intake.api.account_desk import (
    SIGN_INS_MAX,
    TRIES_MAX,
    TRIES_OF_ADDRESS_MAX,
    TRIES_OF_NAME_MAX,
    AccountDesk,
    place_of,
)
from services.intake.domain.principals import Registered
from services.intake.store.passwords import BusyError, Passwords
from services.intake.store.principal_log import LogEntry

NOW = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)
LI_HUA = Registered(
    "li-hua", PrincipalKind.STAFF, "李华", (Role.AUDITOR,), None, (), (), (), 1, NOW
)


class Tries:
    """Counts in one window that never ends."""

    def __init__(self) -> None:
        """Nobody has tried yet."""
        self.counts: Counter[str] = Counter()

    async def count(self, subject: str, _at: dt.datetime) -> int:
        """Count one more."""
        self.counts[subject] += 1
        return self.counts[subject]

    async def forgive(self, subject: str, tries: int, _at: dt.datetime) -> None:
        """Count them no more."""
        self.counts[subject] -= tries


class Log:
    """Remembers what is noted."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.entries: list[LogEntry] = []

    async def note(self, entry: LogEntry) -> None:
        """Remember."""
        self.entries.append(entry)


def desk(passwords: Any = None) -> tuple[AccountDesk, Tries, Log]:
    """Make a desk that keeps everything in memory."""
    tries, log = Tries(), Log()
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    keeping: Any = SimpleNamespace(store=log)
    counting: Any = tries
    return AccountDesk(keeping, passwords or cheap, counting), tries, log


async def admitted(desk: AccountDesk, name: str, address: str, times: int = 1) -> int:
    """Try several times; gives how often it was let through to the comparison."""
    through = 0
    for _ in range(times):
        try:
            await desk.admit(name, address, LI_HUA if name == LI_HUA.id else None)
        except ProblemError:
            continue
        through += 1
    return through


async def test_one_address_keeps_nobody_out_elsewhere() -> None:
    """However often it goes on after it was told to wait; one entry in the log says so."""
    found, _, log = desk()

    assert TRIES_MAX == await admitted(found, "li-hua", "192.0.2.7", TRIES_OF_NAME_MAX * 3)
    assert 1 == await admitted(found, "li-hua", "192.0.2.8")
    assert ["sign_in_limited"] == [entry.action for entry in log.entries]
    with pytest.raises(ProblemError, match="too_many_tries"):
        await found.admit("li-hua", "192.0.2.7", LI_HUA)


async def test_an_address_that_tries_all_names_is_stopped() -> None:
    """And what it tries then counts against no name."""
    found, tries, _ = desk()
    names = [f"name-{number}" for number in range(TRIES_OF_ADDRESS_MAX + 5)]

    assert TRIES_OF_ADDRESS_MAX == sum([await admitted(found, one, "192.0.2.7") for one in names])
    assert 0 == tries.counts[f"name\0{names[-1]}"]


async def test_who_signs_in_again_and_again_is_stopped() -> None:
    """Each costs a hash and a line of the log; nobody else is kept out by it."""
    found, _, _ = desk()
    for _ in range(SIGN_INS_MAX):
        await found.welcome("li-hua")
    with pytest.raises(ProblemError, match="too_many_tries"):
        await found.welcome("li-hua")

    await found.welcome("wang-wu")
    await found.admit("li-hua", "192.0.2.7", LI_HUA)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("own", "own"),
        ("", ""),
    ],
)
def test_addresses_are_counted_by_whom_they_belong_to(address: str, place: str) -> None:
    """Whoever has an IPv6 network has more addresses than anybody counts."""
    assert place == place_of(address)


async def test_many_addresses_guess_a_name_no_more_often_than_the_bound() -> None:
    """Together."""
    found, _, log = desk()
    addresses = [f"192.0.2.{number}" for number in range(TRIES_OF_NAME_MAX + 5)]

    assert TRIES_OF_NAME_MAX == sum([await admitted(found, "li-hua", one) for one in addresses])
    assert ["sign_in_limited"] == [entry.action for entry in log.entries]


async def test_what_nobody_had_time_to_look_at_is_no_try() -> None:
    """Or a flood of sign-ins would keep out whoever waits for its end."""

    class Busy:
        async def matches(self, *_: Any) -> bool:
            """Have no time."""
            raise BusyError

    found, tries, _ = desk(Busy())
    await found.admit("li-hua", "192.0.2.7", LI_HUA)
    with pytest.raises(ProblemError, match="sign_in_busy"):
        await found.matches("li-hua", "192.0.2.7", None, "three-green-lanterns")

    assert {0} == set(tries.counts.values())
