"""Every case through every door that it fits, and what each door makes of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from tests.fault.hostile.case import (
    BATCH,
    ID,
    JSON,
    LINES,
    SINGLE,
    Case,
    Form,
    Headers,
    event,
    wire,
)

BATCH_CASES_MAX: Final = 100
BATCH_BYTES_MAX: Final = 1_000_000
ENVELOPE: Final = event(data=None)


class Door(StrEnum):
    """A way in; `letter` marks the ids of what comes through it."""

    HTTP_SINGLE = "http single"
    HTTP_BATCH = "http batch"
    HTTP_BINARY = "http binary"
    HTTP_REQUEST = "http request"
    KAFKA_STRUCTURED = "kafka structured"
    KAFKA_BINARY = "kafka binary"
    KAFKA_RECORD = "kafka record"

    @property
    def letter(self) -> str:
        """One letter of its own."""
        return chr(ord("a") + list(Door).index(self))

    @property
    def binary(self) -> bool:
        """Whether attributes are headers."""
        return self in {Door.HTTP_BINARY, Door.KAFKA_BINARY}


DOORS_OF: Final = {
    Form.EVENT: (Door.HTTP_SINGLE, Door.HTTP_BATCH, Door.KAFKA_STRUCTURED),
    Form.DATA: tuple(d for d in Door if d not in {Door.HTTP_REQUEST, Door.KAFKA_RECORD}),
    Form.ATTRIBUTES: tuple(d for d in Door if d not in {Door.HTTP_REQUEST, Door.KAFKA_RECORD}),
    Form.REQUEST: (Door.HTTP_REQUEST,),
    Form.RECORD: (Door.KAFKA_RECORD,),
    Form.RAW: (Door.HTTP_REQUEST,),
}


@dataclass(frozen=True)
class Piece:
    """A case on its way through one door."""

    case: Case
    door: Door
    token: str
    """In its id, wherever the case lets it have one of its own."""
    body: bytes | None
    headers: Headers

    @property
    def expected(self) -> tuple[str, str | None]:
        """Code and pointer that must come out."""
        return self.case.expected(binary=self.door.binary)

    @property
    def codes(self) -> list[str]:
        """What must become of each event in it."""
        words = self.expected[0].split()
        return words if len(words) == self.case.sent else words * self.case.sent


def pieces(cases: Sequence[Case], doors: Sequence[Door]) -> Iterator[Piece]:
    """Put every case into the form of each of these doors that it fits."""
    for number, case in enumerate(cases):
        for door in DOORS_OF[case.form]:
            if door in doors and (door is not Door.HTTP_BATCH or _fits_a_line(case)):
                yield _piece(case, door, f"h{number:04d}{door.letter}")


def _piece(case: Case, door: Door, token: str) -> Piece:
    body, headers = case.body, case.headers
    if case.form is Form.DATA and not door.binary:
        body = wire(ENVELOPE)[:-1] + b', "data": ' + (body or b"") + b"}"
    elif door.binary:
        told = ENVELOPE if case.form is Form.DATA else json.loads(body or b"")
        body = body if case.form is Form.DATA else wire(told.pop("data", None))
        headers = _bound(told, door)
    elif case.form in {Form.EVENT, Form.ATTRIBUTES}:
        headers = ()
    if door is Door.HTTP_SINGLE:
        headers = (("content-type", SINGLE.encode()),)
    return Piece(
        case,
        door,
        token,
        None if body is None else body.replace(ID.encode(), token.encode()),
        [(n, v if v is None else v.replace(ID.encode(), token.encode())) for n, v in headers],
    )


def _bound(told: dict[str, Any], door: Door) -> Headers:
    """Write attributes as headers, as the bindings say."""
    kafka = door is Door.KAFKA_BINARY
    prefix = "ce_" if kafka else "ce-"
    written = [
        (prefix + name, value.encode() if kafka else quote(value, safe="@:/+").encode())
        for name, value in told.items()
    ]
    return [("content-type", JSON.encode()), *written]


def _fits_a_line(case: Case) -> bool:
    return b"\n" not in (case.body or b"") and b"\r" not in (case.body or b"")


def batches(found: Sequence[Piece]) -> Iterator[tuple[str, list[Piece], bytes]]:
    """Cut pieces into batches: arrays of what is JSON, lines of what is not."""
    for kind in (BATCH, LINES):
        batch: list[Piece] = []
        size = 0
        for piece in found:
            body = piece.body or b""
            if (kind == BATCH) != _is_json(body):
                continue
            if len(batch) == BATCH_CASES_MAX or (batch and size + len(body) > BATCH_BYTES_MAX):
                yield kind, batch, _joined(kind, batch)
                batch, size = [], 0
            batch.append(piece)
            size += len(body)
        if batch:
            yield kind, batch, _joined(kind, batch)


def _joined(kind: str, batch: Sequence[Piece]) -> bytes:
    bodies = [piece.body or b"" for piece in batch]
    return b"\n".join(bodies) if kind == LINES else b"[" + b",".join(bodies) + b"]"


def _is_json(body: bytes) -> bool:
    """Say whether it is an object that does not break the array it stands in."""
    try:
        return isinstance(json.loads(body.decode(), parse_constant=_refuse), dict)
    except (ValueError, RecursionError):
        return False


def _refuse(word: str) -> None:
    raise ValueError(word)
