"""What may be a password, how it is compared, and what an OpenID provider is believed."""

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.principals import KEYS_MAX
from contracts.vocabulary import PrincipalKind, Role
from services.intake.domain.accounts import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    Weakness,
    normal,
    weakness,
)
from services.intake.domain.claims import (
    WORDS_MAX,
    ClaimRules,
    Unbelieved,
    believed,
    claim_of,
    words_of,
)
from services.intake.domain.principals import (
    Claimed,
    KeyRecord,
    KeyUse,
    Registered,
    TooManyKeysError,
    as_claimed,
    event_of,
    with_credential,
    with_key,
    without_use,
)
from services.intake.store.passwords import AT_ONCE_MAX, WAITING_MAX, BusyError, Passwords

NOW = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("three-green-lanterns", None),
        ("四盏绿灯笼挂在门前的树上", None),
        ("k7mq-2xwp-9dhr-4tbn", None),
        ("", Weakness.TOO_SHORT),
        ("short", Weakness.TOO_SHORT),
        ("x" * (PASSWORD_LENGTH_MAX + 1), Weakness.TOO_LONG),
        ("a sentence\nand more", Weakness.UNPRINTABLE),
        ("a sentence\u200band more", Weakness.UNPRINTABLE),
        ("my name is Li-Hua!", Weakness.NAMES_ITSELF),
        ("li-hua-li-hua", Weakness.NAMES_ITSELF),
        ("aaaaaaaaaaaa", Weakness.TOO_SIMPLE),
        ("1234567890", Weakness.TOO_SIMPLE),
        ("0987654321", Weakness.TOO_SIMPLE),
        ("qwertyuiop", Weakness.TOO_SIMPLE),
        ("１２３４５６７８９０", Weakness.TOO_SIMPLE),
    ],
)
def test_what_is_guessed_too_easily_is_refused(password: str, weak: Weakness | None) -> None:
    """By length, by itself, by the keyboard; in whichever width it was typed."""
    assert weak is weakness(password, "li-hua")


def test_a_name_of_two_letters_stands_in_many_a_password() -> None:
    """It is no help to whoever guesses; one of three is."""
    assert weakness("correct battery staple", "ba") is None
    assert Weakness.NAMES_ITSELF is weakness("correct battery staple", "bat")


@given(st.text(max_size=PASSWORD_LENGTH_MAX * 2))
def test_any_text_is_judged(password: str) -> None:
    """And one that may be a password has the length of one."""
    if weakness(password, "li-hua") is None:
        assert PASSWORD_LENGTH_MIN <= len(normal(password)) <= PASSWORD_LENGTH_MAX


async def test_a_hash_knows_its_password_alone() -> None:
    """Each with a salt of its own; typed in another form it is the same."""
    passwords = Passwords(CHEAP)
    hashed = await passwords.hash("three-green-lanterns")

    assert hashed.startswith("$argon2id$")
    assert hashed != await passwords.hash("three-green-lanterns")
    assert await passwords.matches(hashed, "three-green-lanterns")
    assert await passwords.matches(hashed, "ｔｈｒｅｅ-green-lanterns")
    assert not await passwords.matches(hashed, "three-green-lantern")
    assert not await passwords.matches("nonsense", "three-green-lanterns")
    assert not await passwords.matches(None, "three-green-lanterns")
    assert passwords.outdated(hashed) is False
    assert Passwords().outdated(hashed)


async def test_where_there_is_none_one_is_compared_all_the_same() -> None:
    """So that an unknown name takes as long."""

    class Counting(PasswordHasher):
        verified = 0

        def verify(self, *args: Any) -> Any:
            """Count."""
            type(self).verified += 1
            return super().verify(*args)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Passwords(hasher)
    hashed = await passwords.hash("three-green-lanterns")
    await passwords.matches(hashed, "wrong")
    await passwords.matches(None, "wrong")

    assert 2 == Counting.verified


async def test_more_than_can_wait_are_sent_away() -> None:
    """And those that wait have their turn."""
    passwords = Passwords(CHEAP)
    more = AT_ONCE_MAX + 3
    asked = [passwords.hash("three-green-lanterns") for _ in range(WAITING_MAX + more)]
    found = await asyncio.gather(*asked, return_exceptions=True)

    assert more == sum(isinstance(one, BusyError) for one in found)
    assert WAITING_MAX == sum(isinstance(one, str) for one in found)


def registered(*keys: KeyRecord, **changes: Any) -> Registered:
    """Describe somebody."""
    made = Registered(
        "li-hua", PrincipalKind.STAFF, "李华", (Role.AUDITOR,), None, (), (), keys, 1, NOW
    )
    return msgspec.structs.replace(made, **changes)


def key(name: str, use: KeyUse = KeyUse.KEY, **changes: Any) -> KeyRecord:
    return KeyRecord(name.ljust(16, "0"), "0" * 64, NOW, use=use, **changes)


def test_a_new_password_ends_the_credential_of_the_old_one() -> None:
    """But neither keys nor sign-ins at the provider; and a rotated key ends no password."""
    first, second = key("a", KeyUse.PASSWORD), key("b", KeyUse.PASSWORD)
    others = (key("c"), key("d", KeyUse.SIGN_IN))
    after = with_credential(registered(*others, first), second, NOW)
    rotated = with_key(after, key("e"), NOW, dt.timedelta())

    assert [True, True, False, True] == [one.opens(NOW) for one in after.keys]
    assert [False, True, False, True, True] == [one.opens(NOW) for one in rotated.keys]
    assert [False, False] == [
        one.opens(NOW)
        for one in without_use(after, KeyUse.PASSWORD, NOW).keys
        if one.use is KeyUse.PASSWORD
    ]


def test_credentials_count_as_keys() -> None:
    """One record holds KEYS_MAX; dead ones make room."""
    full = registered(*(key(f"{number:02d}") for number in range(KEYS_MAX)))
    dead = msgspec.structs.replace(full.keys[0], revoked=NOW)
    roomy = msgspec.structs.replace(full, keys=(dead, *full.keys[1:]))

    with pytest.raises(TooManyKeysError):
        with_credential(full, key("x", KeyUse.PASSWORD), NOW)
    assert KEYS_MAX == len(with_credential(roomy, key("x", KeyUse.PASSWORD), NOW).keys)


def test_the_topic_does_not_tell_what_a_key_is_for() -> None:
    """The contract stays as it is: a credential is a key that nobody holds."""
    event = event_of(registered(key("a", KeyUse.PASSWORD)), NOW)

    assert "password" not in str(event.data)


RULES = ClaimRules(
    "groups",
    {"perf": Role.PERFORMANCE_DIVISION, "fill": Role.UNIT_FILLER},
    "places",
    "units",
    "name",
)
WHOLE = {"groups": ["perf", "x"], "places": ["J1"], "name": " 王芳 "}


def test_roles_come_by_the_table_alone() -> None:
    """Any other word gives nothing, a role's own name neither."""
    claims = {**WHOLE, "groups": ["perf", "operator", "performance_division", 7, None]}

    expected = Claimed("wang", "王芳", (Role.PERFORMANCE_DIVISION,), ("J1",), ())
    assert expected == believed("wang", claims, RULES)
    assert expected == believed("wang", {**WHOLE, "groups": "perf"}, RULES)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"groups": []}, Unbelieved.NO_ROLES),
        ({"groups": ["x"]}, Unbelieved.NO_ROLES),
        ({"groups": {"perf": True}}, Unbelieved.NO_ROLES),
        ({"places": []}, Unbelieved.NO_JURISDICTIONS),
        ({"places": None}, Unbelieved.NO_JURISDICTIONS),
        ({"places": [""]}, Unbelieved.NO_JURISDICTIONS),
        ({"groups": ["perf", "fill"]}, Unbelieved.NO_ORGANISATIONS),
        ({"groups": ["fill"], "units": []}, Unbelieved.NO_ORGANISATIONS),
        ({"units": {"101": True}}, Unbelieved.NO_ORGANISATIONS),
        ({"units": [101]}, Unbelieved.NO_ORGANISATIONS),
        pytest.param(
            {"units": [str(number) for number in range(WORDS_MAX + 1)]},
            Unbelieved.NO_ORGANISATIONS,
            id="too many units",
        ),
    ],
    ids=str,
)
def test_a_claim_that_is_missing_never_means_everything(
    changes: dict[str, Any], why: Unbelieved
) -> None:
    """Neither all roles, nor all places, nor all units."""
    assert why is believed("wang", {**WHOLE, **changes}, RULES)


def test_claims_are_found_by_name_or_by_path() -> None:
    """As providers nest them."""
    claims = {"realm": {"roles": ["a"]}, "https://x.example/roles": "b", "n": {"m": 1}}

    assert ("a",) == words_of(claims, "realm.roles")
    assert ("b",) == words_of(claims, "https://x.example/roles")
    assert () == words_of(claims, "n.m.o")
    assert () == words_of(claims, "")
    assert claim_of(claims, "realm.nothing") is None


def test_who_says_nothing_new_changes_nothing() -> None:
    """So that a sign-in is told to nobody who knows it already."""
    said = Claimed("li-hua", "李华", (Role.AUDITOR,), ("J1",), ())
    first = as_claimed(registered(claimed=True), said, ())

    assert 2 == first.version
    assert as_claimed(first, said, ()) is first
