"""An intake that keeps its ledger in memory: enough to hold the command to the accounting."""

import json
from typing import Any

import httpx

from tests.unit.cli.fake_services import problem

SINGLE = "application/cloudevents+json"
BYTES_MAX = 4 * 1024 * 1024


class FakeLedger:
    """Accepts objects by (source, id), quarantines what says `"bad": true`, knows duplicates.

    `answers` come first, one per request: an answer given instead of doing anything, or, if it
    is an exception, raised after the request was carried out (the answer got lost).
    """

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        """Start empty."""
        self.answers = list(answers)
        self.entered: dict[str, bytes] = {}
        self.by_key: dict[str, httpx.Response] = {}
        self.batches: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response | Exception:
        """Take POST /v1/events."""
        lost = self.answers.pop(0) if self.answers else None
        if isinstance(lost, httpx.Response):
            return lost
        key = request.headers["Idempotency-Key"]
        if key not in self.by_key:
            self.by_key[key] = self._take(request)
        return lost or self.by_key[key]

    def _take(self, request: httpx.Request) -> httpx.Response:
        if len(request.content) > BYTES_MAX:
            return problem(413, "too_large", "split it")
        if request.headers["Content-Type"] == SINGLE:
            return self._take_single(request.content)
        lines = request.content.splitlines()
        self.batches.append(len(lines))
        results = [{"index": number, **self._enter(line)} for number, line in enumerate(lines)]
        status = 422 if all(result["verdict"] == "invalid" for result in results) else 202
        return httpx.Response(status, json={"receipt": "r", "results": results, "counts": {}})

    def _take_single(self, raw: bytes) -> httpx.Response:
        result = self._enter(raw)
        if result["verdict"] == "invalid":
            return problem(422, "invalid_value", quarantine=result["quarantine"])
        return httpx.Response(202, json={"receipt": "r", "status": "decided", **result})

    def _enter(self, raw: bytes) -> dict[str, Any]:
        try:
            event = json.loads(raw)
        except ValueError:
            event = None
        if not isinstance(event, dict) or event.get("bad"):
            return {"verdict": "invalid", "quarantine": "q1"}
        identity = f"{event.get('source')}\0{event.get('id')}"
        known = self.entered.get(identity)
        self.entered.setdefault(identity, raw)
        return {
            "verdict": "accepted" if known is None else "duplicate" if known == raw else "conflict"
        }
