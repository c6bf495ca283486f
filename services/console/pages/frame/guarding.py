"""What every answer of the console carries, and who is let in (ADR 10)."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
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
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TLS_ONLY: Final = {"Strict-Transport-Security": "max-age=31536000"}
"""Behind TLS: a browser that has been here once comes in the clear no more, for a year."""
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
UNCACHED: Final = "no-store"
MISDIRECTED: Final = 421
UNKNOWN: Final = 404
FORBIDDEN: Final = 403
FOREIGN: Final = (
    "请求来自其他网站的页面,未予执行。若本系统位于代理之后,代理须原样传递 Host 请求头。\n"
    "This was sent by another site's page and was not done. A proxy before the console has to "
    "pass the header Host on as it is.\n"
)


class GuardMiddleware:
    """Add the headers, refuse what foreign pages send; on loopback, answer to its names alone.

    A foreign page whose name is made to lead to 127.0.0.1 (DNS rebinding) would otherwise read
    everything with this machine's hands. And no route can forget to ask where a form comes from.
    """

    def __init__(self, app: ASGIApp, *, loopback_only: bool, tls: bool = False) -> None:
        """Wrap an app; `tls`: browsers reach it over TLS alone."""
        self.app = app
        self.loopback_only = loopback_only
        self.headers = HEADERS | (TLS_ONLY if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                headers.setdefault("Cache-Control", UNCACHED)
            await send(message)

        if self.loopback_only and host_of(scope) not in LOOPBACK_NAMES:
            refusal = PlainTextResponse(
                "The console answers on this machine alone: open it as 127.0.0.1 or localhost.\n",
                MISDIRECTED,
            )
            await refusal(scope, receive, guarded)
            return
        if scope["path"].startswith("//"):
            # No page of ours; its links back to itself would lead to the host that is named there.
            await PlainTextResponse("没有这个页面。\nThere is no such page.\n", UNKNOWN)(
                scope, receive, guarded
            )
            return
        if scope["method"] not in READING and is_foreign(Headers(scope=scope)):
            await PlainTextResponse(FOREIGN, FORBIDDEN)(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)


def is_foreign(headers: Headers) -> bool:
    """Whether another site's page sent a request: every browser says so of what changes something.

    Whoever is no browser says nothing of it, and carries no cookie that he did not choose to.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    elsewhere = origin is not None and origin.partition("://")[2] != headers.get("host")
    return elsewhere or site not in {None, "same-origin", "none"}


def host_of(scope: Scope) -> str:
    """Return the host that the request names, without its port."""
    host: str = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
