"""What every answer of the console carries, and who is let in (ADR 10)."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = {
    # Scripts and styles are files of ours; nothing inline, nothing evaluated, nothing foreign.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
UNCACHED: Final = "no-store"
MISDIRECTED: Final = 421


class GuardMiddleware:
    """Add the headers; on loopback, answer only to loopback's names.

    A foreign page whose name is made to lead to 127.0.0.1 (DNS rebinding) would otherwise read
    everything with this machine's hands.
    """

    def __init__(self, app: ASGIApp, *, loopback_only: bool) -> None:
        """Wrap an app."""
        self.app = app
        self.loopback_only = loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", UNCACHED)
            await send(message)

        if self.loopback_only and host_of(scope) not in LOOPBACK_NAMES:
            refusal = PlainTextResponse(
                "The console answers on this machine alone: open it as 127.0.0.1 or localhost.\n",
                MISDIRECTED,
            )
            await refusal(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)


def host_of(scope: Scope) -> str:
    """Return the host that the request names, without its port."""
    host: str = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
