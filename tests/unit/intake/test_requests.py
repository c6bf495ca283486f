import contextlib
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.admission import Admitted
from services.intake.domain.requests import (
    EVENTS_MAX,
    REQUEST_ID_BYTES,
    BodyKind,
    UnreadableError,
    fingerprint,
    held_apart,
    request_id,
    split,
)
from services.intake.domain.verdicts import Refusal
from tests.support.hostile import EVENTS, REQUESTS, Unreadable, event, wire

FACT = Admitted("j", "t", "J", True)  # noqa: FBT003
PAYMENT = Admitted("p", "t", "J/P", False)  # noqa: FBT003
REFUSED = Refusal("malformed_json", "", "")

objects = st.dictionaries(
    st.text(), st.integers() | st.text() | st.lists(st.text() | st.none()), max_size=4
)


@given(st.lists(objects, min_size=1, max_size=20))
def test_a_batch_is_cut_into_the_exact_bytes_that_were_sent(events: list[object]) -> None:
    """The ledger keeps what the publisher wrote, byte for byte."""
    pieces = [json.dumps(one).encode() for one in events]

    assert pieces == split(b"[ " + b" ,\n".join(pieces) + b"]\n", BodyKind.BATCH)


@given(st.lists(objects, min_size=1, max_size=20))
def test_one_broken_event_leaves_the_others_whole(events: list[object]) -> None:
    """NaN is no JSON, but its neighbours can still be told apart."""
    pieces = [json.dumps(one).encode() for one in events]
    pieces.insert(len(pieces) // 2, b'{"a":NaN,"b":"]}"}')

    assert pieces == split(b" [" + b",".join(pieces) + b" ] ", BodyKind.BATCH)


@pytest.mark.parametrize("unreadable", REQUESTS, ids=str)
def test_what_cannot_be_told_apart_is_refused_as_a_whole(unreadable: Unreadable) -> None:
    """Those that are too large or of a foreign media type never come so far."""
    kinds = [k for k in BodyKind if k.value == unreadable.media_type and k is not BodyKind.BINARY]
    for kind in kinds:
        if len(unreadable.body) > kind.bytes_max:
            continue
        with pytest.raises(UnreadableError) as caught:
            split(unreadable.body, kind)

        assert unreadable.code == caught.value.code
        assert caught.value.detail_zh != caught.value.detail


def test_lines_are_told_apart_whatever_they_hold() -> None:
    """Nothing inside a line can reach the next one."""
    bodies = [hostile.body for hostile in EVENTS if b"\n" not in hostile.body.strip()]

    assert [body.strip() for body in bodies] == split(b"\r\n".join(bodies), BodyKind.LINES)


def test_blanks_around_an_event_are_not_part_of_it() -> None:
    """The same event alone, in a batch or on a line is the same content."""
    raw = wire(event())

    assert [raw] == split(b" " + raw + b"\n", BodyKind.SINGLE)
    assert [raw] == split(b"[ " + raw + b" ]", BodyKind.BATCH)
    assert [raw] == split(b"\n" + raw + b" \r\n", BodyKind.LINES)


def test_a_full_batch_passes() -> None:
    """The limit is the limit."""
    assert EVENTS_MAX == len(split(b"[" + b",".join([b"{}"] * EVENTS_MAX) + b"]", BodyKind.BATCH))


@given(st.binary(max_size=300))
def test_no_body_breaks_the_door(body: bytes) -> None:
    """Whatever comes is cut or refused."""
    for kind in BodyKind:
        with contextlib.suppress(UnreadableError):
            assert split(body, kind)


@given(st.text('[]{}," \\a', max_size=60))
def test_no_pile_of_brackets_breaks_the_door(text: str) -> None:
    """The cutter by brackets meets only brackets here."""
    try:
        pieces = split(b"[{" + text.encode() + b"]", BodyKind.BATCH)
    except UnreadableError:
        return
    assert all(piece[:1] + piece[-1:] in {b"{}", b"[]"} or piece for piece in pieces)


def test_a_request_is_known_again_by_publisher_and_key() -> None:
    """Another publisher's key is another request."""
    assert request_id("a", "k") == request_id("a", "k")
    assert len({request_id("a", "k"), request_id("b", "k"), request_id("a", "l")}) == 3
    assert REQUEST_ID_BYTES == len(request_id("a", "k")) == len(fingerprint(b""))


@pytest.mark.parametrize(
    ("admissions", "runs"),
    [
        ([PAYMENT, PAYMENT], [[0, 1]]),
        ([FACT], [[0]]),
        ([FACT, PAYMENT], [[0], [1]]),
        ([FACT, FACT, PAYMENT, PAYMENT, FACT], [[0, 1], [2, 3, 4]]),
        ([PAYMENT, FACT, REFUSED, FACT, PAYMENT], [[0, 1], [2, 3], [4]]),
    ],
)
def test_what_follows_a_jurisdiction_fact_waits_for_it(
    admissions: Sequence[Admitted | Refusal], runs: list[list[int]]
) -> None:
    """Facts in a row go together; everything keeps the order of the file."""
    assert runs == [list(run) for run in held_apart(admissions)]
