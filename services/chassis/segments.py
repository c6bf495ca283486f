"""Project ids in paths: one percent-encoded segment, `/v1/projects/GB%2FP1`.

Servers decode the path before routing, so an encoded slash would become a real one. The
middleware keeps it apart; a parameter of type `Segment` gives the id as it was meant.
"""

from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, Field
from starlette.types import ASGIApp, Receive, Scope, Send

SEGMENT_LENGTH_MAX = 1_000

Segment = Annotated[
    str,
    Field(max_length=SEGMENT_LENGTH_MAX, description="One segment: a slash in it is %2F."),
    AfterValidator(unquote),
]
"""A path parameter whose slashes were percent-encoded."""


class SegmentMiddleware:
    """Route by the segments that were sent, not by those that decoding makes."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the path together again with slashes inside a segment still encoded."""
        raw: bytes | None = scope.get("raw_path") if scope["type"] == "http" else None
        if raw and b"%" in raw:
            segments = raw.decode("latin-1").split("?", 1)[0].split("/")
            path = "/".join(
                unquote(segment).replace("%", "%25").replace("/", "%2F") for segment in segments
            )
            scope = {**scope, "path": path}
        await self.app(scope, receive, send)
