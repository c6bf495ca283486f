"""Bounds of a request: its encoding and its publisher's rate."""

import gzip
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.problems import ProblemError
from services.intake.api.encodings import (
    RATIO_FREE_BYTES,
    BombError,
    BrokenError,
    Gunzip,
    Plain,
    RefusedError,
    TooLargeError,
)
from services.intake.api.limits import Limits, Room
from services.intake.domain.rates import PUBLISHERS_MAX, Rate, Rates

MIB = 1024 * 1024


def expand(body: bytes, bytes_max: int = MIB, piece: int = 1000) -> bytes:
    taken = Gunzip(bytes_max)
    for start in range(0, len(body), piece):
        taken.feed(body[start : start + piece])
    return taken.finish()


@given(st.binary(max_size=3_000), st.integers(1, 100))
def test_a_gzip_body_is_expanded_however_it_is_cut(body: bytes, piece: int) -> None:
    """Chunks of a request end anywhere."""
    assert body == expand(gzip.compress(body), piece=piece)


def test_several_members_are_one_body() -> None:
    """As gzip itself has it."""
    assert b"ab" == expand(gzip.compress(b"a") + gzip.compress(b"b"), piece=3)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"plain", BrokenError),
        (b"", BrokenError),
        (gzip.compress(b"a" * 100)[:-4], BrokenError),
        (gzip.compress(b"a") + b"garbage", BrokenError),
        (zlib.compress(b"deflate"), BrokenError),
        (gzip.compress(b"") * 1_001, BrokenError),
        (gzip.compress(hashlib.shake_256().digest(MIB + 1)), TooLargeError),
        (gzip.compress(b"\0" * (MIB + 1)), BombError),
        (gzip.compress(gzip.compress(b"\0" * 100 * MIB)), None),
    ],
    ids=["plain", "empty", "cut", "tail", "zlib", "members", "large", "bomb", "nested"],
)
def test_what_is_no_sound_gzip_is_refused(body: bytes, error: type[RefusedError] | None) -> None:
    """Broken, too large, or a bomb; one inside another is expanded once."""
    if error is None:
        assert len(expand(body)) < MIB
        return
    with pytest.raises(error):
        expand(body)


def test_a_bomb_is_refused_while_it_streams() -> None:
    """A gigabyte of zeros is never there: the first pieces betray it."""
    deflate = zlib.compressobj(wbits=31)
    # As a gigabyte of them begins.
    bomb = b"".join(deflate.compress(b"\0" * MIB) for _ in range(16))
    taken = Gunzip(4 * MIB)
    with pytest.raises(BombError):
        taken.feed(bomb[:2_000])
    assert taken._out <= 4 * MIB + RATIO_FREE_BYTES


def test_a_plain_body_is_taken_up_to_its_bound() -> None:
    """And not a byte more."""
    taken = Plain(4)
    taken.feed(b"1234")
    assert taken.finish() == b"1234"
    with pytest.raises(TooLargeError):
        taken.feed(b"5")


def test_a_bucket_fills_again() -> None:
    """Who has used it up is told when to come back, and loses nothing by asking."""
    rates = Rates(Rate(per_second=10, burst=20))

    assert 0 == rates.take("a", 20, now=0)
    assert pytest.approx(0.5) == rates.take("a", 5, now=0)
    assert pytest.approx(0.1) == rates.take("a", 5, now=0.4)
    assert 0 == rates.take("a", 5, now=0.5)
    assert 0 == rates.take("b", 20, now=0.5)


def test_a_cost_above_the_bucket_needs_a_full_one() -> None:
    """Else it would never get through."""
    rates = Rates(Rate(per_second=1, burst=10))

    assert 0 == rates.take("a", 100, now=0)
    assert pytest.approx(10) == rates.take("a", 100, now=0)
    assert 0 == rates.take("a", 100, now=10)


def test_the_longest_silent_are_forgotten_first() -> None:
    """Theirs are full anyway."""
    rates = Rates(Rate(per_second=1, burst=1))
    for number in range(PUBLISHERS_MAX + 1):
        rates.take(str(number), 1, now=0)

    assert PUBLISHERS_MAX == len(rates._buckets)
    assert 0 == rates.take("0", 1, now=0)
    assert rates.take("2", 1, now=0)


def test_who_sends_too_fast_is_told_when_to_come_back() -> None:
    """429 with Retry-After in whole seconds; another publisher is not concerned."""
    limits = Limits(Rates(Rate(0.5, 1)), Rates(Rate(10, 100)))
    limits.admit_request("a")
    with pytest.raises(ProblemError) as refused:
        limits.admit_request("a")
    limits.admit_request("b")
    limits.admit_events("a", 100)
    with pytest.raises(ProblemError):
        limits.admit_events("a", 100)

    assert (429, "2") == (refused.value.problem.status, refused.value.headers["Retry-After"])
    assert "2 秒" in str(refused.value.problem.hint_zh)


def test_bodies_in_hand_have_one_room() -> None:
    """What does not fit is refused for now; a request that is done leaves its place."""
    room = Room(bytes_max=10)
    with room.hold() as take:
        take(6)
        with room.hold() as take_too, pytest.raises(ProblemError) as refused:
            take_too(5)
        take(4)

    assert (503, "1") == (refused.value.problem.status, refused.value.headers["Retry-After"])
    assert room.used_bytes == 0
