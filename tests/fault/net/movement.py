"""How soon ledger and projection move again after each fault, seen at MongoDB's own ports."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pymongo.errors import PyMongoError

from deploy.local.topology import Part
from tests.fault.net.observer import direct

LOOK_SECONDS: Final = 0.5
LEDGER, PROJECTION = "intake", "analysis"
READS: Final = {LEDGER: "submissions", PROJECTION: "ledger"}
"""Whose stored progress on which topic tells the last position of each partition."""
Places = dict[tuple[str, int], int]
"""Service and partition → position."""


@dataclass
class Movement:
    """Watches the positions of a running stack; `start` and `stop`."""

    mongods: Sequence[Part]
    samples: list[tuple[float, Places]] = field(default_factory=list)
    """When something was seen, on the monotonic clock, and what."""
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Watch each member, so that one that says nothing holds nobody up."""
        for part in self.mongods:
            threading.Thread(target=self._watch, args=(part,), daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self.stopped.set()

    def recovery(self, since: float) -> float | None:
        """Give seconds from a moment until every partition was projected beyond where it was.

        None: nothing came any more for one of them, so it cannot be said.
        """
        known: Places = {}
        wanted: Places | None = None
        for when, places in sorted(self.samples, key=lambda sample: sample[0]):
            if wanted is None and when > since:
                wanted = {place: known[place] for place in known if place[0] == LEDGER}
            for place, position in places.items():
                known[place] = max(known.get(place, 0), position)
            if wanted is not None and all(
                min(known[place], known.get((PROJECTION, place[1]), 0)) > position
                for place, position in wanted.items()
            ):
                return when - since
        return None

    def _watch(self, part: Part) -> None:
        while not self.stopped.wait(LOOK_SECONDS):
            try:
                places = _places(part)
            except PyMongoError:
                # It is what is being done to it; the others are asked too.
                continue
            self.samples.append((time.monotonic(), places))


def _places(part: Part) -> Places:
    places: Places = {}
    with direct(part) as client:
        for service, topic in READS.items():
            for found in client[f"dualwatch_{service}"]["progress"].find({}, {"position": 1}):
                _, read, partition = found["_id"].split(":")
                if read == topic:
                    places[service, int(partition)] = int(found["position"])
    return places
