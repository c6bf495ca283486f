"""The request itself: its media type, its size, its headers."""

import re
from collections.abc import Mapping
from typing import Final

from fastapi import Request

from services.chassis import metrics
from services.chassis.problems import ProblemError
from services.intake.api.answers import whole_request_refused
from services.intake.domain.requests import (
    IDEMPOTENCY_KEY_LENGTH_MAX,
    BodyKind,
    UnreadableError,
    split,
)

WAIT_SECONDS_MAX: Final = 60.0
DRAINED_BYTES_MAX: Final = 16 * 1024 * 1024
"""So much of a body that is too large is read and dropped, so that its sender hears why."""

REFUSED = metrics.counter(
    "dualwatch_intake_requests_refused_total",
    "Requests to the event door that were refused as a whole, by problem.",
    ("code",),
)

_WAIT: Final = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,6})(?:$|[,;\s])", re.ASCII | re.IGNORECASE)
_STATUS: Final[Mapping[str, int]] = {"too_many_events": 413, "too_large": 413}
_TITLES: Final[Mapping[str, str]] = {
    "empty": "The request holds no event",
    "malformed_json": "The batch cannot be read",
    "too_large": "The request is too large",
    "too_many_events": "The batch holds too many events",
}
_HINTS: Final[Mapping[str, str]] = {
    "empty": "Send at least one event.",
    "malformed_json": "Send a JSON array of events, or one event a line as application/x-ndjson.",
    "too_large": "Send fewer events at once.",
    "too_many_events": "Send fewer events at once.",
}


def kind_of(request: Request) -> BodyKind:
    """Read the media type; 415 if it is none that holds CloudEvents."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = re.search(r'charset="?([^";\s]+)', parameters, re.IGNORECASE)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    known = media_type.strip().lower()
    plain = encoding in {"", "identity"} and (
        charset is None or charset.group(1).lower() in {"utf-8", "utf8"}
    )
    if not plain or known not in set(BodyKind):
        raise _counted(
            415,
            "unsupported_media_type",
            "The media type is not one of CloudEvents",
            f"{known or 'no media type'} is not taken here (in UTF-8, without Content-Encoding).",
            hint="Send " + " or ".join(kind.value for kind in BodyKind) + ".",
        )
    return BodyKind(known)


async def events_of(request: Request, kind: BodyKind) -> tuple[bytes, list[bytes]]:
    """Read the body, bounded, and cut it into events; a problem if that cannot be done."""
    body = await _body(request, kind.bytes_max)
    try:
        return body, split(body, kind)
    except UnreadableError as error:
        raise _counted(
            _STATUS.get(error.code, 400),
            error.code,
            _TITLES[error.code],
            error.detail,
            hint=_HINTS[error.code],
        ) from error


def wait_seconds(request: Request) -> float:
    """Read `Prefer: wait=N` (RFC 7240), bounded; 0 if it is not given."""
    found = _WAIT.search(",".join(request.headers.getlist("prefer")))
    return 0.0 if found is None else min(float(found.group(1)), WAIT_SECONDS_MAX)


def idempotency_key(request: Request) -> str | None:
    """Read the `Idempotency-Key`, quoted (RFC 8941) or plain."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    key = given.strip()
    if key.startswith('"') and key.endswith('"') and key != '"':
        key = key[1:-1]
    if not 0 < len(key) <= IDEMPOTENCY_KEY_LENGTH_MAX or not key.isprintable():
        raise _counted(
            400,
            "invalid_idempotency_key",
            "The Idempotency-Key cannot be used",
            f"It must have 1 to {IDEMPOTENCY_KEY_LENGTH_MAX} printable characters.",
            hint="Draw a new key for every new request, and repeat it with the request.",
        )
    return key


async def _body(request: Request, bytes_max: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= bytes_max:
            chunks.append(chunk)
        elif size > DRAINED_BYTES_MAX:
            break
    if size > bytes_max:
        raise _counted(
            413,
            "too_large",
            _TITLES["too_large"],
            f"At most {bytes_max} bytes are taken in one request of this media type.",
            hint=_HINTS["too_large"],
        )
    return b"".join(chunks)


def _counted(status: int, code: str, title: str, detail: str, *, hint: str) -> ProblemError:
    REFUSED.labels(code).inc()
    return whole_request_refused(status, code, title, detail, hint=hint)
