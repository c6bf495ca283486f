"""Sending events to intake in batches, and counting what became of each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from services.cli.client import Client, document, in_words, problem_of, segment
from services.cli.errors import CliError, ExitCode
from services.cli.places import Service

BATCH_EVENTS_MAX: Final = 500
BATCH_BYTES_MAX: Final = 3 * 1024 * 1024
"""Below intake's limit for one request."""
LONE_BYTES_MIN: Final = 256 * 1024
"""An event of this size travels alone: intake takes none so large, and says so of it alone."""
HEAD_BYTES: Final = 512 * 1024
"""How much is sent of a line longer than that: intake takes none near it, but it keeps this much
and more of what it refuses, so that the line is counted and can be looked at."""
DECISION_SECONDS: Final = 30
"""How long intake is asked to hold the answer until all is decided (Prefer: wait)."""
AWAY_SECONDS_MAX: Final = 60.0
"""How long sending is tried again while intake is away."""
UNDECIDED_SECONDS_MAX: Final = 120.0
"""How long a receipt is asked after whose events stay pending."""
RECEIPT_PAUSE_SECONDS: Final = 0.5
UNREAD_SHOWN_MAX: Final = 20

LINES_TYPE: Final = "application/x-ndjson"
"""One event a line: intake can tell events apart whatever is wrong inside one."""
SINGLE_TYPE: Final = "application/cloudevents+json"
PENDING: Final = "pending"
REFUSED_WHOLE: Final = frozenset({400, 413})
"""Intake could not tell the events apart: nothing was sent."""
_WAITING: Final = {"Prefer": f"wait={DECISION_SECONDS}"}


@dataclass(frozen=True, slots=True)
class Item:
    """An event to send: its bytes, and where it stands in its file."""

    raw: bytes
    where: str

    @property
    def one_line(self) -> bool:
        """Whether it can stand in a line: a bare carriage return ends one for some readers."""
        return b"\r" not in self.raw and b"\n" not in self.raw


@dataclass(slots=True)
class Tally:
    """What became of what was sent: sent = accepted + duplicate + quarantined."""

    sent: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    rejected: int | None = None
    """Rows of a table that could not become events and were not sent; None: no table."""
    passed: int | None = None
    """Rows of a table that are no facts (totals, states that count nothing)."""
    position: str | None = None
    """The ledger's cut once all was decided."""
    days: int = 0
    """Days that were opened between the events."""
    unread: list[str] = field(default_factory=list)
    """What intake could not read as an event at all, in words; it sent nothing."""

    def count(self, verdict: str) -> None:
        """Count one decided event."""
        self.sent += 1
        if verdict == "accepted":
            self.accepted += 1
        elif verdict == "duplicate":
            self.duplicate += 1
        else:
            self.quarantined += 1

    @property
    def summary(self) -> dict[str, Any]:
        """The figures scripts rely on; `days` only where days were opened."""
        return {
            "sent": self.sent,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "quarantined": self.quarantined,
            **({} if self.rejected is None else {"rejected": self.rejected}),
            **({} if self.passed is None else {"passed": self.passed}),
            **({"days": self.days} if self.days else {}),
            "position": self.position,
        }


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut a stream into requests, in order; what fits no line or is large is one of its own."""
    batch: list[Item] = []
    size_bytes = 0
    for item in items:
        alone = not item.one_line or len(item.raw) >= LONE_BYTES_MIN
        full = len(batch) == BATCH_EVENTS_MAX or size_bytes + len(item.raw) > BATCH_BYTES_MAX
        if batch and (alone or full):
            yield batch
            batch, size_bytes = [], 0
        batch.append(item)
        size_bytes += len(item.raw) + 1
        if alone:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch


class Sender:
    """Sends one run's batches; a repeated request is known again by its Idempotency-Key."""

    def __init__(self, client: Client, run_id: str, requests: int = 0) -> None:
        """`run_id` names this run and no other: its requests are told apart by it.

        `requests` is how many an interrupted run has had answered.
        """
        self._client = client
        self._run_id = run_id
        self.requests = requests
        self.tally = Tally()

    def send(self, batch: Sequence[Item]) -> None:
        """Send a batch, wait until each of its events is decided, and count them."""
        if not batch[0].one_line:
            self._send_alone(batch[0])
            return
        answer = self._post(LINES_TYPE, b"\n".join(item.raw for item in batch))
        body = problem_of(answer)
        if "results" in body:
            self._count(body)
        elif answer.status_code not in REFUSED_WHOLE:
            document(Service.INTAKE, answer)
            message = f"intake answered {answer.status_code} without a result for each event"
            raise CliError(message, ExitCode.REFUSED)
        elif len(batch) == 1:
            self._note_unread(batch[0], answer)
        else:
            # Refused as a whole: one event must not take the others with it.
            for item in batch:
                self.send([item])

    def finish(self) -> Tally:
        """Note how far the ledger has come, now that everything is decided."""
        self.tally.position = self._client.get(Service.INTAKE, "/v1/position")["position"]
        return self.tally

    def _send_alone(self, item: Item) -> None:
        answer = self._post(SINGLE_TYPE, item.raw)
        body = problem_of(answer)
        if not answer.is_error:
            self._count({"results": [body], **body})
        elif body.get("quarantine"):
            self.tally.count("quarantined")
        elif answer.status_code in REFUSED_WHOLE:
            self._note_unread(item, answer)
        else:
            document(Service.INTAKE, answer)

    def _note_unread(self, item: Item, answer: httpx.Response) -> None:
        words = in_words(problem_of(answer), answer.status_code)
        self.tally.unread.append(f"{item.where}: {words}")

    def _post(self, content_type: str, content: bytes) -> httpx.Response:
        self.requests += 1
        return self._client.send(
            Service.INTAKE,
            "POST",
            "/v1/events",
            content=content,
            headers={
                "Content-Type": content_type,
                **_WAITING,
                "Idempotency-Key": f"{self._run_id}-{self.requests}",
            },
            wait_seconds=DECISION_SECONDS,
            patience_seconds=AWAY_SECONDS_MAX,
        )

    def _count(self, body: Mapping[str, Any]) -> None:
        for verdict in self._verdicts(body):
            self.tally.count(verdict)

    def _verdicts(self, body: Mapping[str, Any]) -> list[str]:
        receipt = body.get("receipt")
        give_up = self._client.monotonic() + UNDECIDED_SECONDS_MAX
        while PENDING in (found := [_verdict(result) for result in body["results"]]):
            if receipt is None or self._client.monotonic() > give_up:
                message = f"intake took the events but has not decided them (receipt {receipt})"
                raise CliError(message, ExitCode.TIMEOUT)
            self._client.pause(RECEIPT_PAUSE_SECONDS)
            answer = self._client.send(
                Service.INTAKE,
                "GET",
                f"/v1/receipts/{segment(str(receipt))}",
                headers=_WAITING,
                wait_seconds=DECISION_SECONDS,
                patience_seconds=AWAY_SECONDS_MAX,
            )
            body = document(Service.INTAKE, answer)
        return found


def _verdict(result: Mapping[str, Any]) -> str:
    return str(result.get("verdict") or result.get("status") or PENDING)
