"""A request's body → the exact bytes of its events, and the ids that derive from it."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from services.intake.domain.admission import Admitted
from services.intake.domain.verdicts import Refusal

SINGLE_BYTES_MAX: Final = 1024 * 1024
"""Largest body of a request that is one event."""
BATCH_BYTES_MAX: Final = 4 * 1024 * 1024
"""Largest body of a batch."""
EVENTS_MAX: Final = 2_000
"""Most events in one batch."""
IDEMPOTENCY_KEY_LENGTH_MAX: Final = 255
REQUEST_ID_BYTES: Final = 16
TOKENS_MAX: Final = 500_000
"""Most brackets and strings looked at to tell the events of a broken batch apart."""

_BRACKETS_AND_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_ELEMENT_DEPTH: Final = 2
_BLANKS: Final = b" \t\r\n"


class BodyKind(StrEnum):
    """How a request holds its events; the value is its media type."""

    SINGLE = "application/cloudevents+json"
    BATCH = "application/cloudevents-batch+json"
    LINES = "application/x-ndjson"
    """One event a line: events can be told apart whatever is wrong inside one."""
    BINARY = "application/json"
    """The data of one event, whose attributes are headers; any media type of data may come."""

    @property
    def is_single(self) -> bool:
        """Whether it holds exactly one event."""
        return self in {BodyKind.SINGLE, BodyKind.BINARY}

    @property
    def bytes_max(self) -> int:
        """Largest body of this kind."""
        return SINGLE_BYTES_MAX if self.is_single else BATCH_BYTES_MAX


class UnreadableError(Exception):
    """The events of a request cannot be told apart: it is refused as a whole."""

    def __init__(self, *, code: str, detail: str, detail_zh: str) -> None:
        """Say why, with the code of the problem."""
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.detail_zh = detail_zh


def split(body: bytes, kind: BodyKind) -> list[bytes]:
    """Cut a body into its events, each as the exact bytes sent; UnreadableError if impossible."""
    events = _pieces(body, kind)
    if not events:
        raise UnreadableError(
            code="empty", detail="the request holds no event", detail_zh="请求中没有事件"
        )
    if len(events) > EVENTS_MAX:
        raise UnreadableError(
            code="too_many_events",
            detail=f"the batch holds {len(events)} events, at most {EVENTS_MAX} are taken",
            detail_zh=f"批量中有 {len(events)} 个事件,最多受理 {EVENTS_MAX} 个",
        )
    return events


def _pieces(body: bytes, kind: BodyKind) -> list[bytes]:
    if kind.is_single:
        # Blanks around an event are not part of it: the same event in a batch is a duplicate.
        return [body.strip(_BLANKS)] if body.strip(_BLANKS) else []
    if kind is BodyKind.LINES:
        return [line.strip(_BLANKS) for line in body.splitlines() if line.strip(_BLANKS)]
    try:
        return [bytes(event) for event in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError):
        # Something in it is not JSON (NaN, say). If its elements can still be told apart, the
        # sound ones must not suffer for the broken one.
        return _by_brackets(body)


def _by_brackets(body: bytes) -> list[bytes]:
    """Cut an array of objects by its brackets and commas alone, whatever the objects hold."""
    text = body.strip(_BLANKS)
    spans = _objects(text)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    between = [
        text[start:end].strip(_BLANKS) for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    if not spans or between != [b"[", *[b","] * (len(spans) - 1), b"]"]:
        raise UnreadableError(
            code="malformed_json",
            detail="the batch is not a JSON array of events",
            detail_zh="批量数据不是由事件组成的 JSON 数组",
        )
    return [text[start:end] for start, end in spans]


def _objects(text: bytes) -> list[tuple[int, int]]:
    """Find where the things in brackets inside the outermost bracket begin and end.

    None if that would take too long: nobody else is served meanwhile.
    """
    spans: list[tuple[int, int]] = []
    depth = start = 0
    for number, token in enumerate(_BRACKETS_AND_STRINGS.finditer(text)):
        if number == TOKENS_MAX:
            return []
        mark = token.group()
        if mark in {b"[", b"{"}:
            depth += 1
            if depth == _ELEMENT_DEPTH:
                start = token.start()
        elif mark in {b"]", b"}"}:
            if depth == _ELEMENT_DEPTH:
                spans.append((start, token.end()))
            depth -= 1
    return spans


def request_id(publisher: str, idempotency_key: str) -> bytes:
    """Derive the id of a request that its publisher may repeat."""
    text = f"{publisher}\x00{idempotency_key}".encode()
    return hashlib.blake2b(text, digest_size=REQUEST_ID_BYTES, person=b"request").digest()


def fingerprint(body: bytes) -> bytes:
    """Tell one body from another, so that a key is not used for two."""
    return hashlib.blake2b(body, digest_size=REQUEST_ID_BYTES, person=b"body").digest()


def held_apart(admissions: Sequence[Admitted | Refusal]) -> Iterator[range]:
    """Cut a request into runs of indexes; each must be settled before the next is submitted.

    A run ends after jurisdiction facts: what follows in the file rests on them, but its
    partitions get them only as copies.
    """
    start = 0
    facts_before = False
    for index, admission in enumerate(admissions):
        is_fact = isinstance(admission, Admitted) and admission.jurisdiction_fact
        if facts_before and not is_fact:
            yield range(start, index)
            start = index
        facts_before = is_fact
    yield range(start, len(admissions))
