"""What every HTTP request gets: a correlation id, a metric, and an answer when it fails."""

from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.record import CORRELATION, CORRELATION_HEADER, TRACE_HEADER
from services.chassis import clock, guarded, metrics, problems, tracing
from services.chassis.log import get_logger

log = get_logger(__name__)

UNTRACED: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by those who look after us."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ObservedMiddleware:
    """Count, time and correlate requests; unknown addresses share one label."""

    def __init__(self, app: ASGIApp, *, tls: bool = False) -> None:
        """Wrap an app; `tls`: it is answered over TLS alone."""
        self.app = app
        self.tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, began_answer, status = clock.monotonic(), False, 500
        headers = dict(scope["headers"])
        given = headers.get(CORRELATION_HEADER.encode(), b"").decode("latin-1")
        correlation = given if CORRELATION.fullmatch(given) else clock.new_id().hex()
        trace = headers.get(TRACE_HEADER.encode(), b"").decode("latin-1")

        async def observed(message: Message) -> None:
            nonlocal began_answer, status
            if message["type"] == "http.response.start":
                began_answer, status = True, message["status"]
                guarded.guard(message, tls=self.tls)
                MutableHeaders(scope=message)[CORRELATION_HEADER] = correlation
            await send(message)

        with (
            structlog.contextvars.bound_contextvars(correlation_id=correlation),
            tracing.span("http", [trace], kind=tracing.SERVER, root=scope["path"] not in UNTRACED),
        ):
            try:
                await self.app(scope, receive, observed)
            except Exception:
                log.exception("request_failed", path=scope["path"])
                if began_answer:
                    raise
                await problems.response(problems.INTERNAL)(scope, receive, observed)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                method = scope["method"] if scope["method"] in METHODS else "other"
                tracing.note(method=method, route=route, status=status, correlation_id=correlation)
                metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
                metrics.HTTP_SECONDS.labels(method, route).observe(
                    clock.monotonic() - began, metrics.exemplar(correlation)
                )
