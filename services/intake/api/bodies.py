"""The request itself: its form, its size, its headers."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.chassis.problems import ProblemError
from services.intake.api import encodings, refusals
from services.intake.domain.forms import CLOUDEVENTS, Arrival, Told, bound, media_type_of
from services.intake.domain.requests import (
    IDEMPOTENCY_KEY_LENGTH_MAX,
    BodyKind,
    UnreadableError,
    split,
)

WAIT_SECONDS_MAX: Final = 60.0
DRAINED_BYTES_MAX: Final = 16 * 1024 * 1024
"""So much of a body that is too large is read and dropped, so that its sender hears why."""
HTTP_PREFIX: Final = b"ce-"

_WAIT: Final = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,6})(?:$|[,;\s])", re.ASCII | re.IGNORECASE)
_CHARSET: Final = re.compile(r'charset="?([^";\s]+)', re.IGNORECASE)
_UTF_8: Final = frozenset({"utf-8", "utf8"})
_UNESCAPED: Final = re.compile(r"\\(.)")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True)
class Body:
    """What a request holds."""

    kind: BodyKind
    content: bytes
    """The body, expanded; of a binary message the event that it stands for."""
    arrivals: Sequence[Arrival]
    """Its events, in order."""


def _anything(_size: int) -> None:
    """Refuse nothing."""


async def read(request: Request, take: Callable[[int], None] = _anything) -> Body:
    """Read a request's events; a problem if they cannot be told apart.

    `take` is told how many bytes more the body holds, and may refuse them.
    """
    kind = _kind_of(request)
    content = await _content(request, kind.bytes_max, take)
    if kind is BodyKind.BINARY:
        arrival = bound(_attributes(request), content, request.headers.get("content-type"))
        return Body(kind, arrival.raw, [arrival])
    try:
        return Body(kind, content, [Arrival(raw) for raw in split(content, kind)])
    except UnreadableError as error:
        raise refusals.unreadable(error) from error


def wait_seconds(request: Request) -> float | None:
    """Read `Prefer: wait=N` (RFC 7240), bounded; null if it is not given."""
    found = _WAIT.search(",".join(request.headers.getlist("prefer")))
    return None if found is None else min(float(found.group(1)), WAIT_SECONDS_MAX)


def applied(request: Request) -> dict[str, str]:
    """Give the header that says which preference was honoured."""
    seconds = wait_seconds(request)
    return {} if seconds is None else {"Preference-Applied": f"wait={seconds:.0f}"}


def idempotency_key(request: Request) -> str | None:
    """Read the `Idempotency-Key`, quoted (RFC 8941) or plain."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    key = given[0].strip()
    if key.startswith('"') and key.endswith('"') and key != '"':
        key = key[1:-1]
    fits = 0 < len(key) <= IDEMPOTENCY_KEY_LENGTH_MAX and key.isprintable()
    if not fits or len(given) > 1:
        raise refusals.idempotency_key(IDEMPOTENCY_KEY_LENGTH_MAX)
    return key


def _kind_of(request: Request) -> BodyKind:
    """Tell the form by the media type, as the HTTP binding says; 415 if it holds no CloudEvent."""
    content_type = ",".join(request.headers.getlist("content-type"))
    media_type = media_type_of(content_type)
    binary = any(name.startswith(HTTP_PREFIX) for name, _ in request.headers.raw)
    structured = {kind.value: kind for kind in BodyKind if kind is not BodyKind.BINARY}
    if media_type in structured:
        charset = _CHARSET.search(content_type)
        if charset is not None and charset.group(1).lower() not in _UTF_8:
            raise refusals.media_type("; charset=".join([media_type, charset.group(1)]))
        return structured[media_type]
    if media_type.startswith(CLOUDEVENTS) or not binary:
        raise refusals.media_type(media_type)
    return BodyKind.BINARY


def _attributes(request: Request) -> list[Told]:
    return [
        (name.removeprefix(HTTP_PREFIX).decode("latin-1"), _value(value.decode("latin-1")))
        for name, value in request.headers.raw
        if name.startswith(HTTP_PREFIX)
    ]


def _value(text: str) -> str | None:
    """Decode a header's value: quotes first, then percent signs once; null if that fails."""
    text = text.strip()
    if not _PRINTABLE.fullmatch(text):
        return None
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = _UNESCAPED.sub(r"\1", text[1:-1])
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return None


async def _content(request: Request, bytes_max: int, take: Callable[[int], None]) -> bytes:
    coding = ",".join(request.headers.getlist("content-encoding")).strip().lower()
    if coding not in encodings.GZIP | encodings.IDENTITY:
        raise refusals.content_encoding(coding)
    gzipped = coding in encodings.GZIP
    taken = encodings.Gunzip(bytes_max) if gzipped else encodings.Plain(bytes_max)
    stream = request.stream()
    try:
        async for chunk in stream:
            take(taken.feed(chunk))
        return taken.finish()
    except encodings.RefusedError as error:
        await _drain(stream)
        raise _refusal_of(error, bytes_max) from error
    except ProblemError:
        await _drain(stream)
        raise
    except ClientDisconnect as error:
        # Nobody hears it; but it is no failure of ours.
        raise refusals.cut_off() from error


def _refusal_of(error: encodings.RefusedError, bytes_max: int) -> ProblemError:
    match error:
        case encodings.TooLargeError():
            return refusals.too_large(bytes_max)
        case encodings.BombError():
            return refusals.expands_too_much(encodings.RATIO_MAX)
        case _:
            return refusals.broken_encoding()


async def _drain(stream: AsyncIterator[bytes]) -> None:
    """Drop the rest of a body, within a bound."""
    size = 0
    with contextlib.suppress(ClientDisconnect):
        async for chunk in stream:
            size += len(chunk)
            if size > DRAINED_BYTES_MAX:
                return
