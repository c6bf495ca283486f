"""Answers in fewer bytes: pages are compressed as they are sent, files once when we start."""

import gzip
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENCODING: Final = "gzip"
LEVEL: Final = 5
"""A page is made once and sent once: more effort costs more time than it saves."""
LEVEL_KEPT: Final = 9
"""A file is compressed once and sent often."""
SMALLEST: Final = 1_400
"""Bytes below which an answer is one packet either way."""
REFUSED: Final = frozenset({"q=0", "q=0.0", "q=0.00", "q=0.000"})
"""How a browser says that it does not take it (RFC 9110, 12.4.2)."""
KINDS: Final = ("text/html", "text/csv")
"""What is compressed as it is sent; streams of events are not: each has to arrive at once."""


def takes_it(headers: Headers) -> bool:
    """Tell whether a browser takes compressed answers."""
    for one in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() == ENCODING:
            return weight.replace(" ", "") not in REFUSED
    return False


def compressed(content: bytes, level: int = LEVEL_KEPT) -> bytes:
    """Compress; the same content gives the same bytes."""
    return gzip.compress(content, level, mtime=0)


class CompressingMiddleware:
    """Compresses pages; what comes in parts is passed on as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not takes_it(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        held: list[Message] = []

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
                return
            if held:
                start = held.pop()
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    message = _smaller(start, message)
                await send(start)
            await send(message)

        await self.app(scope, receive, sent)


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    if "content-encoding" in headers or "content-range" in headers:
        # A range counts the bytes of what is kept, not of what is sent.
        return False
    return headers.get("content-type", "").startswith(KINDS)


def _smaller(start: Message, body: Message) -> Message:
    headers = MutableHeaders(scope=start)
    headers.add_vary_header("Accept-Encoding")
    content: bytes = body.get("body", b"")
    if len(content) < SMALLEST:
        return body
    content = compressed(content, LEVEL)
    headers["Content-Encoding"] = ENCODING
    headers["Content-Length"] = str(len(content))
    return {**body, "body": content}
