"""Asking the services over their documented HTTP APIs, with the key of whoever is looking."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx
from fastapi.responses import Response

from services.chassis import clock, metrics
from services.chassis.tracing import context_here
from services.console.pages.frame.passing import asked_whole, no_such_range, streamed

CONNECT_SECONDS: Final = 3.0
CONNECTIONS_MAX: Final = 40
STREAMS_MAX: Final = 400
"""Open pages that are told of news at once."""
UPLOAD_SECONDS: Final = 120.0
"""Longest wait for what a service says of a file: it reads the largest in a minute."""
SILENT_SECONDS: Final = 60.0
"""A stream that sends not even a sign of life for so long is given up."""
ANSWER_BYTES_MAX: Final = 32_000_000
"""Longest answer that is read; the services' pages are far below."""
RETRIES: Final = 1
"""A kept connection may have been closed meanwhile: a read is asked once more."""

Key = str | Callable[[], str]
"""A key, or what makes one anew for every question: assertions live a minute, uploads longer."""
KEY: Final[ContextVar[Key | None]] = ContextVar("key", default=None)
"""Key of whoever is looking at the page that is being made."""

PASSED_ON: Final = ("content-type", "content-disposition")
"""What is said of an answer as the service said it."""

AWAY: Final[ContextVar[set[str] | None]] = ContextVar("away", default=None)
"""Services that did not answer while this page was made: it says so."""

LATER: Final = frozenset({"results_on_their_way", "sign_in_busy"})
"""Refusals with a 5xx that say themselves what to do: ask once more."""

ASKED: Final = metrics.histogram(
    "dualwatch_console_asked_seconds",
    "Seconds until a service answered the console, by outcome: answered, refused, away.",
    ("service", "outcome"),
)

Parameters = Mapping[str, str | int | Sequence[str] | None]


class ServiceAwayError(Exception):
    """A service does not answer, or not with sense."""

    def __init__(self, service: str, reason: str) -> None:
        """Keep who, and why in plain words."""
        super().__init__(f"{service}: {reason}")
        absent = AWAY.get()
        if absent is not None:
            absent.add(service)
        self.service = service
        self.reason = reason


UNKNOWN_PLACE: Final = frozenset({httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY})
"""What a stream answers to a cursor that it never gave, or gave before it was begun anew."""


class RefusedError(Exception):
    """A question was refused: by a service with a problem (RFC 9457), or by ourselves."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        detail: str,
        detail_zh: str = "",
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what was said; `problem` is all of it, `detail_zh` what we say ourselves."""
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        own = {"detail": detail, "detail_zh": detail_zh} if detail_zh else {}
        self.problem = problem or own

    def told(self, language: str) -> str:
        """Say it to a person, in a language: what is wrong, and what to do."""
        ending = "_zh" if language == "zh" else ""
        parts = (self.problem.get(name + ending) for name in ("title", "detail", "hint"))
        said = [str(part) for part in parts if part]
        return " ".join(said) if said else self.detail or self.code


class Services:
    """A client of all services; nothing is connected before the first question."""

    def __init__(
        self,
        urls: Mapping[str, str],
        key: str | None,
        answer_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`urls` by service; `key` is for questions that nobody in particular asks."""
        self._key = key
        self._urls = {name: url.rstrip("/") for name, url in urls.items()}
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
            transport=transport,
            verify=trust or True,
        )
        # A file is read to its end before the service says what it thinks of it.
        self._upload = httpx.Timeout(max(answer_seconds, UPLOAD_SECONDS), connect=CONNECT_SECONDS)
        # Streams say nothing for a while, and must not take the connections that pages need.
        self._following = httpx.AsyncClient(
            timeout=httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS, read=SILENT_SECONDS),
            limits=httpx.Limits(max_connections=STREAMS_MAX),
            trust_env=False,
            transport=transport,
            verify=trust or True,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Name the services that pages are made from."""
        return tuple(self._urls)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        await self._following.aclose()

    def readiness_of(self, service: str) -> Callable[[], Awaitable[str | None]]:
        """Make the check that the service answers; ready or not, it can say so itself."""

        async def check() -> str | None:
            try:
                await self._http.get(f"{self._urls[service]}/livez")
            except httpx.HTTPError as error:
                return f"does not answer: {type(error).__name__}"
            return None

        return check

    async def get(self, service: str, path: str, parameters: Parameters | None = None) -> Any:
        """Ask for a JSON document."""
        answer = await self.fetch(service, path, parameters, accept="application/json")
        try:
            return answer.json()
        except ValueError as error:
            raise ServiceAwayError(service, "its answer is not JSON") from error

    async def fetch(
        self,
        service: str,
        path: str,
        parameters: Parameters | None = None,
        accept: str = "*/*",
    ) -> httpx.Response:
        """Ask for anything; ServiceAwayError or RefusedError where there is none."""
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        with _observed(service) as asked:
            answer = await self._answer(service, path, given, accept)
            asked.status = answer.status_code
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ServiceAwayError(service, f"it answered {answer.status_code}")
        if answer.is_error:
            raise _refusal(answer)
        return answer

    async def send(
        self,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Ask for a change, once: whoever sends it again names the same `Idempotency-Key`."""
        given = {**self._headers(), **(headers or {})}
        url = self._urls[service] + path
        with _observed(service) as asked:
            try:
                answer = await self._http.request(method, url, json=body, headers=given)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ServiceAwayError(service, type(error).__name__) from error
            asked.status = answer.status_code
        return _changed(service, answer)

    async def upload(
        self,
        service: str,
        path: str,
        parameters: Parameters,
        content: AsyncIterator[bytes] | bytes,
        headers: Mapping[str, str],
        *,
        method: str = "POST",
    ) -> Any:
        """Send a file on as it comes; what the service says of it is the answer."""
        try:
            answer = await self._http.request(
                method,
                self._urls[service] + path,
                params={name: value for name, value in parameters.items() if value is not None},
                content=content,
                headers={**self._headers(), **headers},
                timeout=self._upload,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceAwayError(service, type(error).__name__) from error
        return _changed(service, answer)

    async def file(
        self,
        service: str,
        path: str,
        parameters: Parameters | None = None,
        ranges: Mapping[str, str] | None = None,
    ) -> Response:
        """Pass a file on as it comes, of any size; refused before its first byte, or not at all.

        `ranges`: what a browser says of the part that it wants (`ranges_of`).
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        headers = asked_whole({**self._headers(), **(ranges or {})})
        asked = self._http.build_request(
            "GET", self._urls[service] + path, params=given, headers=headers
        )
        try:
            answer = await self._http.send(asked, stream=True)
            if answer.is_error:
                await answer.aread()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceAwayError(service, type(error).__name__) from error
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ServiceAwayError(service, f"it answered {answer.status_code}")
        beyond = no_such_range(answer)
        if beyond is not None:
            return beyond
        if answer.is_error:
            raise _refusal(answer)
        return streamed(answer)

    async def stream(
        self,
        service: str,
        path: str,
        parameters: Parameters,
        last: str | None,
        *,
        refusals: bool = False,
    ) -> AsyncIterator[bytes]:
        """Follow server-sent events, behind the id that the browser saw last.

        Ends when the service is away; RefusedError: it does not know the place that is asked for,
        or, with `refusals`, whatever it refuses.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        headers = {**self._headers(), "Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = last
        asked = self._following.stream(
            "GET", self._urls[service] + path, params=given, headers=headers
        )
        try:
            async with asked as answer:
                if answer.status_code in UNKNOWN_PLACE or (refusals and answer.is_error):
                    await _read(service, answer)
                    raise _refusal(answer)
                if answer.is_error:
                    return
                async for part in answer.aiter_bytes():
                    yield part
        except httpx.HTTPError:
            # The browser comes back by itself, and by then the service may too.
            return

    @property
    def asking_key(self) -> str | None:
        """Key that questions are asked with now."""
        key = KEY.get() or self._key
        return key() if callable(key) else key

    def _headers(self) -> dict[str, str]:
        key = self.asking_key
        given = {} if key is None else {"Authorization": f"Bearer {key}"}
        # What a page asks is found again under the page's own id.
        return given | {name: value.decode() for name, value in context_here()}

    async def _answer(
        self, service: str, path: str, given: Mapping[str, Any], accept: str
    ) -> httpx.Response:
        headers = {**self._headers(), "Accept": accept}
        for left in reversed(range(RETRIES + 1)):
            try:
                async with self._http.stream(
                    "GET", self._urls[service] + path, params=given, headers=headers
                ) as answer:
                    await _read(service, answer)
                    return answer
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
                if not left:
                    raise ServiceAwayError(service, type(error).__name__) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ServiceAwayError(service, type(error).__name__) from error
            await asyncio.sleep(0)
        raise AssertionError(RETRIES)


@dataclass
class _Asked:
    """A question under way."""

    status: int | None = None
    """What was answered; None: nothing."""

    @property
    def outcome(self) -> str:
        if self.status is None or self.status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return "away"
        return "refused" if self.status >= httpx.codes.BAD_REQUEST else "answered"


@contextlib.contextmanager
def _observed(service: str) -> Iterator[_Asked]:
    """Measure a question to a service, however it ends."""
    asked, began = _Asked(), clock.monotonic()
    try:
        yield asked
    finally:
        ASKED.labels(service, asked.outcome).observe(clock.monotonic() - began)


async def _read(service: str, answer: httpx.Response) -> None:
    parts, size = [], 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > ANSWER_BYTES_MAX:
            raise ServiceAwayError(service, f"its answer is longer than {ANSWER_BYTES_MAX:,} bytes")
        parts.append(part)
    answer._content = b"".join(parts)  # noqa: SLF001 - as httpx' own aread does


def _changed(service: str, answer: httpx.Response) -> Any:
    """Read what a service says to a change."""
    refusal = _refusal(answer) if answer.is_error else None
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR and (
        refusal is None or refusal.code not in LATER
    ):
        raise ServiceAwayError(service, f"it answered {answer.status_code}")
    if refusal is not None:
        raise refusal
    return answer.json() if answer.content else None


def _refusal(answer: httpx.Response) -> RefusedError:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    said = problem if isinstance(problem, dict) else {}
    return RefusedError(
        status=answer.status_code,
        code=str(said.get("code", "")),
        detail=str(said.get("detail", "")),
        problem=said,
    )


def segment(name: str) -> str:
    """Write an id as one path segment: its slashes are percent-encoded."""
    return quote(name, safe="")


def passed_on(answer: httpx.Response) -> Response:
    """Answer with what a service answered: its bytes, type and file name."""
    headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    return Response(answer.content, headers=headers)
