"""Sending through intake's HTTP door: stubbornly until all is decided, or once and carelessly."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from tests.fault.net.chance import Chance
from tests.fault.net.inputlog import DayLine, Line, Outcome

WAIT_SECONDS: Final = 20
ANSWER_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.3
PATIENCE_SECONDS: Final = 420.0
"""Longest that one request is tried again, faults and all."""
CARELESS_SECONDS: Final = (0.02, 0.1, 0.5, 5.0)
"""How long a careless sender waits for an answer; then it never asks again."""
NEW_KEY_PROBABILITY: Final = 0.3
"""Share of retries that do not say that they are one: the events' ids alone do."""
LINES_TYPE: Final = "application/x-ndjson"
ANSWERS: Final = frozenset({200, 202, 422})
AGAIN: Final = frozenset({404, 429, 500, 502, 503, 504})
PENDING: Final = "pending"


class StuckError(Exception):
    """Nothing was decided for longer than all faults together last."""


class Door:
    """One sender's way in, to any of intake's processes."""

    def __init__(self, urls: Sequence[str], key: str, chance: Chance) -> None:
        """`chance` is this sender's own."""
        self._urls = urls
        self._chance = chance
        self._pause = threading.Event()
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(headers=headers, timeout=timeout, trust_env=False)
        self.retries = 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def register(self, publisher: str) -> str:
        """Register a publisher, and give its key."""
        wanted = {"id": publisher, "name": publisher, "roles": ["publisher"], "jurisdictions": None}
        answer = self._http.post(f"{self._urls[0]}/v1/principals", json=wanted)
        if answer.status_code != httpx.codes.CREATED:
            raise AssertionError(answer.text)
        key: str = answer.json()["key"]
        return key

    def submit(self, lines: Sequence[Line], name: str) -> None:
        """Send these events until each has its verdict."""
        body = b"\n".join(line.raw for line in lines)
        give_up = time.monotonic() + PATIENCE_SECONDS
        key = name
        attempt = 0
        while not (found := self._decided(body, key)):
            attempt += 1
            self._wait(give_up, f"{name} with {len(lines)} events")
            if self._chance.random() < NEW_KEY_PROBABILITY:
                key = f"{name}-again-{attempt}"
        for line, result in zip(lines, found, strict=True):
            line.decide(Outcome.ACKED, result["verdict"])

    def try_once(self, lines: Sequence[Line], name: str) -> None:
        """Send these events once; without an answer in time nobody knows what became of them."""
        body = b"\n".join(line.raw for line in lines)
        seconds = self._chance.choice(CARELESS_SECONDS)
        try:
            answer = self._post(body, name, wait=int(seconds), read_seconds=seconds)
        except httpx.TransportError:
            return
        for line, result in zip(lines, _results(answer), strict=False):
            if result["verdict"] != PENDING:
                line.decide(Outcome.ACKED, result["verdict"])

    def open_day(self, line: DayLine, *, jump: bool = False) -> None:
        """Open a day, asking until it is open."""
        wanted = {"jurisdiction": line.jurisdiction, "date": line.date, "jump": jump}
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._attempt("POST", "/v1/days", json=wanted)
            if answer is not None and answer.status_code in {200, 202}:
                found = answer.json()
                if not found["counts"]["pending"]:
                    refused = [result for result in found["results"] if result["problem"]]
                    if refused:
                        raise AssertionError(refused)
                    line.outcome = Outcome.ACKED
                    return
            self._wait(give_up, f"day {line.date} of {line.jurisdiction}: {answer!r}")

    def _decided(self, body: bytes, key: str) -> list[dict[str, Any]]:
        """Send a request and wait for its verdicts; empty when it must be sent again."""
        try:
            answer = self._post(body, key, wait=WAIT_SECONDS, read_seconds=ANSWER_SECONDS)
        except httpx.TransportError:
            return []
        found = _results(answer)
        if found and any(result["verdict"] == PENDING for result in found):
            again = self._attempt("GET", f"/v1/receipts/{answer.json()['receipt']}")
            found = [] if again is None else _results(again)
        return [] if any(result["verdict"] == PENDING for result in found) else found

    def _post(self, body: bytes, key: str, *, wait: int, read_seconds: float) -> httpx.Response:
        return self._http.post(
            self._chance.choice(self._urls) + "/v1/events",
            content=body,
            headers={
                "Content-Type": LINES_TYPE,
                "Idempotency-Key": key,
                "Prefer": f"wait={wait}",
            },
            timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS),
        )

    def _attempt(
        self, method: str, path: str, json: Mapping[str, object] | None = None
    ) -> httpx.Response | None:
        url = self._chance.choice(self._urls)
        headers = {"Prefer": f"wait={WAIT_SECONDS}"}
        try:
            return self._http.request(method, url + path, headers=headers, json=json)
        except httpx.TransportError:
            return None

    def _wait(self, give_up: float, what: str) -> None:
        self.retries += 1
        if time.monotonic() > give_up:
            raise StuckError(what)
        self._pause.wait(PAUSE_SECONDS)


def _results(answer: httpx.Response) -> list[dict[str, Any]]:
    """Take the results out of an answer; empty when the request is to be sent again."""
    if answer.status_code in AGAIN:
        return []
    if answer.status_code not in ANSWERS:
        message = f"intake answered {answer.status_code}: {answer.text[:500]}"
        raise AssertionError(message)
    found = answer.json()
    results: list[dict[str, Any]] = found.get("results", [])
    if not results:
        message = f"intake gave no results: {answer.text[:500]}"
        raise AssertionError(message)
    return results
