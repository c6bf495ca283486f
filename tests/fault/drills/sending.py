"""Senders that keep a rate whatever happens, and one input log of all that they sent."""

import json
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from deploy.local.datadir import Endpoints
from tests.fault.net.chance import chance_of
from tests.fault.net.door import Door
from tests.fault.net.inputlog import InputLog

SENDERS: Final = 6
SEED: Final = 10
BATCH_SECONDS: Final = 0.25
"""A sender sends so often: more rarely nobody would see how long it was held up."""
EVENTS_MAX: Final = 500
"""Most events of one request."""
JOIN_SECONDS: Final = 300.0


class Senders:
    """Several senders, each asking until what it sent has its verdict."""

    def __init__(self, endpoints: Endpoints, log: InputLog) -> None:
        """Nothing is sent yet."""
        self._endpoints, self._log = endpoints, log
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._failures: list[Exception] = []
        self._counted = threading.Lock()
        self.sent = 0
        """Events that have their verdict."""

    def send_all(self, events: Sequence[dict[str, Any]], name: str) -> None:
        """Send these now, in order, and return when all are decided."""
        door = self.door(name)
        for start in range(0, len(events), EVENTS_MAX):
            raws = [_raw(event) for event in events[start : start + EVENTS_MAX]]
            door.submit(self._log.begin(raws), f"{name}-{start}")
        door.close()

    def start(self, events: Sequence[dict[str, Any]], per_second: float) -> None:
        """Send these at a rate; those of a project go by one sender."""
        subjects = {s: n for n, s in enumerate(sorted({str(e["subject"]) for e in events}))}
        for number in range(SENDERS):
            mine = [e for e in events if subjects[str(e["subject"])] % SENDERS == number]
            thread = threading.Thread(
                target=self._guarded, args=(mine, per_second / SENDERS, number), daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End sending; what is in hand is still decided. Raises what stopped a sender."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
        if self._failures:
            raise self._failures[0]
        assert not any(thread.is_alive() for thread in self._threads)

    def door(self, name: str) -> Door:
        """Give a way in of one's own."""
        return Door([self._endpoints.intake], self._endpoints.key, chance_of(SEED, name))

    def _guarded(self, events: Sequence[dict[str, Any]], per_second: float, number: int) -> None:
        try:
            self._send(events, per_second, f"sender-{number}")
        except Exception as failure:  # noqa: BLE001 - stop raises it
            self._failures.append(failure)

    def _send(self, events: Sequence[dict[str, Any]], per_second: float, name: str) -> None:
        """Send what has become due since the last time: who was held up sends more at once."""
        door, began, start = self.door(name), time.monotonic(), 0
        while start < len(events) and not self._stopped.wait(BATCH_SECONDS):
            due = int((time.monotonic() - began) * per_second) - start
            batch = events[start : start + min(due, EVENTS_MAX)]
            if batch:
                raws = [_raw(event) for event in batch]
                door.submit(self._log.begin(raws), f"{name}-{start}")
                start += len(batch)
                with self._counted:
                    self.sent += len(batch)
        door.close()


def _raw(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def tell(line: str) -> None:
    """Say a figure that a drill has seen: `ARGS=-s` shows it."""
    sys.stderr.write(f"{line}\n")
