"""An intake that keeps its ledger in memory: enough to hold the command to the accounting."""

import json
from typing import Any

import httpx

from tests.unit.cli.fake_services import problem

SINGLE = "application/cloudevents+json"


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
        try:
            found = json.loads(request.content)
        except ValueError:
            return problem(400, "malformed_json", "no JSON")
        if request.headers["Content-Type"] == SINGLE:
            result = self._enter(found)
            refused = {"bad": 422}.get(result["verdict"])
            return (
                problem(refused, "invalid_value", quarantine=result["quarantine"])
                if refused
                else httpx.Response(202, json=result)
            )
        self.batches.append(len(found))
        results = [{"index": n, **self._enter(event)} for n, event in enumerate(found)]
        status = 422 if all(result["verdict"] == "bad" for result in results) else 202
        return httpx.Response(status, json={"receipt": "r", "results": results, "counts": {}})

    def _enter(self, event: Any) -> dict[str, Any]:
        raw = json.dumps(event).encode()
        if not isinstance(event, dict) or event.get("bad"):
            return {"verdict": "bad", "quarantine": "q1"}
        identity = f"{event.get('source')}\0{event.get('id')}"
        known = self.entered.get(identity)
        self.entered.setdefault(identity, raw)
        return {
            "verdict": "accepted" if known is None else "duplicate" if known == raw else "conflict"
        }
