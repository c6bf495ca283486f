"""Talking to the services: bounded retries, pages, problems turned into exit codes."""

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from services.cli.errors import CliError, ExitCode
from services.cli.masking import masked_address
from services.cli.places import Places, Service, trusted

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 30.0
"""Longest wait for an answer beyond what the service itself was asked to wait."""
PATIENCE_SECONDS: Final = 15.0
"""How long a read is tried again while its service is away."""
PAUSE_SECONDS_FIRST: Final = 0.2
PAUSE_SECONDS_MAX: Final = 2.0
RETRIES_MAX: Final = 200
PAGE_ITEMS: Final = 500
PAGES_MAX: Final = 20_000

BUSY: Final = frozenset({429, 500, 502, 503, 504})
"""Answers that may be better a moment later."""
ERROR_STATUS_MIN: Final = 400

Params = Mapping[str, str | int | Sequence[str] | None]
"""Query parameters; one with several values is given as often."""


def _monotonic() -> float:
    return time.monotonic()


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


class Client:
    """A client of all services with one key."""

    def __init__(
        self,
        places: Places,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect to nothing yet."""
        self.places = places
        headers = {"Authorization": f"Bearer {places.key}"} if places.key else {}
        self._http = httpx.Client(
            transport=transport, headers=headers, trust_env=False, verify=trusted(os.environ)
        )

    def __enter__(self) -> Self:
        """Use it as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its connections."""
        self._http.close()

    def monotonic(self) -> float:
        """Read the clock that bounds all waiting, in seconds."""
        return _monotonic()

    def pause(self, seconds: float) -> None:
        """Wait before asking again."""
        _pause(seconds)

    def send(
        self,
        service: Service,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        wait_seconds: float = 0,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> httpx.Response:
        """Send a request that may safely be repeated; return any answer that is final.

        While the service is away or busy it is tried again, for `patience_seconds` in all; a
        service that says when to come back (Retry-After) is not asked before.
        """
        request = self._http.build_request(
            method,
            self.places.url(service) + path,
            params={name: value for name, value in (params or {}).items() if value is not None},
            content=content,
            headers=headers,
            timeout=httpx.Timeout(ANSWER_SECONDS + wait_seconds, connect=CONNECT_SECONDS),
        )
        give_up = self.monotonic() + patience_seconds
        pause_seconds = PAUSE_SECONDS_FIRST
        for retries_left in reversed(range(RETRIES_MAX)):
            answer, asked_seconds = self._attempt(service, request)
            if isinstance(answer, httpx.Response):
                return answer
            wait = max(pause_seconds, asked_seconds)
            if not retries_left or self.monotonic() + wait > give_up:
                raise answer
            self.pause(wait)
            pause_seconds = min(2 * pause_seconds, PAUSE_SECONDS_MAX)
        raise AssertionError(RETRIES_MAX)

    def look(self, service: Service, path: str) -> httpx.Response:
        """Ask once and return any answer, whatever it says; CliError only if there is none."""
        try:
            return self._http.get(self.places.url(service) + path, timeout=CONNECT_SECONDS)
        except httpx.TransportError as error:
            raise _no_answer(service, self.places.url(service), error) from error

    def _attempt(
        self, service: Service, request: httpx.Request
    ) -> tuple[httpx.Response | CliError, float]:
        """Send once; a failure that may pass comes with the seconds to wait that were asked for."""
        try:
            answer = self._http.send(request)
        except httpx.TransportError as error:
            return _no_answer(service, self.places.url(service), error), 0.0
        if answer.status_code in BUSY:
            return problem_error(service, answer), _retry_after(answer)
        return answer, 0.0

    def get(
        self,
        service: Service,
        path: str,
        params: Params | None = None,
        *,
        wait_seconds: float = 0,
    ) -> Any:
        """Ask for a JSON document; a refusal ends the command."""
        answer = self.send(service, "GET", path, params=params, wait_seconds=wait_seconds)
        return document(service, answer)

    def items(self, service: Service, path: str, params: Params | None = None) -> Iterator[Any]:
        """Yield the items of a paged list."""
        for page in self.pages(service, path, params):
            yield from page["items"]

    def pages(self, service: Service, path: str, params: Params | None = None) -> Iterator[Any]:
        """Yield the pages of a list, each as the document it came in."""
        after: str | int | None = None
        for _ in range(PAGES_MAX):
            page = self.get(service, path, {**(params or {}), "after": after, "limit": PAGE_ITEMS})
            yield page
            after = page.get("next")
            if after is None:
                return
        message = f"{service} gave more than {PAGES_MAX:,} pages"
        raise CliError(message, ExitCode.REFUSED)


def _no_answer(service: Service, url: str, error: httpx.TransportError) -> CliError:
    # A connection that is not taken up in time is an absent service, not a slow answer.
    slow = isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout)
    where = masked_address(url)
    if slow:
        return CliError(f"{service} at {where} did not answer in time", ExitCode.TIMEOUT)
    said = str(error) or type(error).__name__
    return CliError(f"{service} at {where} cannot be reached ({said})", ExitCode.UNREACHABLE)


def _retry_after(answer: httpx.Response) -> float:
    """Read Retry-After in seconds; our services never give a date."""
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdigit() else 0.0


def document(service: Service, answer: httpx.Response) -> Any:
    """Return an answer's JSON; a refusal becomes the CliError that tells it."""
    if answer.status_code >= ERROR_STATUS_MIN:
        raise problem_error(service, answer)
    return answer.json()


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """Return an answer's problem document (RFC 9457); empty if it has none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def problem_error(service: Service, answer: httpx.Response) -> CliError:
    """Put a refusal into plain words, with the exit code of its kind."""
    refused = answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
    refused = refused and answer.status_code not in BUSY
    exit_code = ExitCode.REFUSED if refused else ExitCode.UNREACHABLE
    return CliError(f"{service}: {in_words(problem_of(answer), answer.status_code)}", exit_code)


def in_words(problem: Mapping[str, Any], status: int) -> str:
    """Write a problem as one line: title, detail, where, hint."""
    said = [str(problem.get("title") or f"answered {status}")]
    detail = str(problem.get("detail") or "")
    if detail and detail not in said:
        said.append(detail)
    if pointer := problem.get("pointer"):
        said.append(f"at {pointer}")
    if hint := problem.get("hint"):
        said.append(f"({hint})")
    return " ".join(part if part.endswith((".", ":", ")")) else f"{part};" for part in said).rstrip(
        ";"
    )


def segment(name: str) -> str:
    """Write an id as one path segment: its slashes are percent-encoded."""
    return quote(name, safe="")
