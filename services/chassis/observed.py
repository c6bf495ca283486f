"""What every HTTP request gets: a correlation id, a metric, and an answer when it fails."""

import re
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis import clock, metrics, problems
from services.chassis.log import get_logger

log = get_logger(__name__)

CORRELATION_HEADER: Final = "x-correlation-id"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FIT: Final = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")


class ObservedMiddleware:
    """Count, time and correlate requests; unknown addresses share one label."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, began_answer, status = clock.monotonic(), False, 500
        given = dict(scope["headers"]).get(CORRELATION_HEADER.encode(), b"").decode("latin-1")
        correlation = given if _FIT.match(given) else clock.new_id().hex()

        async def observed(message: Message) -> None:
            nonlocal began_answer, status
            if message["type"] == "http.response.start":
                began_answer, status = True, message["status"]
                MutableHeaders(scope=message)[CORRELATION_HEADER] = correlation
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation):
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
                metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
                metrics.HTTP_SECONDS.labels(method, route).observe(
                    clock.monotonic() - began, metrics.exemplar(correlation)
                )
