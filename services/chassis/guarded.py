"""Headers that every answer of every service carries, whatever it is.

Services answer programs: nothing of theirs is a page. The console's pages have headers of their
own (`services/console/pages/frame/guarding.py`).
"""

from typing import Final

from starlette.types import Message

HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # What somebody may see is nobody else's: no cache on the way keeps it.
    (b"cache-control", b"no-store"),
)
"""What a route says itself stays as it is."""


TLS_ONLY: Final = ((b"strict-transport-security", b"max-age=31536000"),)
"""Where we encrypt ourselves: whoever has asked once asks in the clear no more, for a year."""


def guard(start: Message, *, tls: bool = False) -> None:
    """Add what an answer's head lacks."""
    given = list(start.get("headers", ()))
    names = {name.lower() for name, _ in given}
    wanted = (*HEADERS, *TLS_ONLY) if tls else HEADERS
    start["headers"] = given + [pair for pair in wanted if pair[0] not in names]
