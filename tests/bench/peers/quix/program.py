"""Quix Streams 3 with exactly-once processing.

Guarantee: exact after kill -9; state, its changelog and offsets move in one Kafka transaction, and
the sink writes absolute totals, so that a batch written twice says the same twice.

Variants: `own sink` is the library's MongoDBSink as it comes, one update per event in one bulk
write per checkpoint; `coalescing sink` is a BatchingSink of ten lines that keeps each project's
last totals of a checkpoint.

Tuned: a checkpoint every 20,000 records, as the limit commits (by default every 5 s only); state
as bytes of msgpack, not as JSON; ids one key each, for a growing list per project would be read
and written with every event; larger fetches; lz4 for the changelog; the collector of cycles as in
our services; its log at warnings.
`session.timeout.ms` and the transaction's timeout only shorten the wait after a kill.
"""

from typing import Any

import msgspec
from job import SESSION_MS, Place, Project, digest, parse, settle
from pymongo import MongoClient, ReplaceOne
from quixstreams import Application, State
from quixstreams.sinks import BatchingSink, SinkBatch
from quixstreams.sinks.community.mongodb import MongoDBSink

place = Place.told()
pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder().decode
DURABLE = {"w": "majority", "journal": True}
seen: list[bool] = []
"""Whether records have come."""


class CoalescingSink(BatchingSink):
    """Writes each project once per checkpoint."""

    def setup(self) -> None:
        """Connect."""
        self.projects = MongoClient(place.mongo, **DURABLE)[place.database]["projects"]

    def write(self, batch: SinkBatch) -> None:
        """Write a partition's part of a checkpoint."""
        last = {item.key: item.value for item in batch}
        self.projects.bulk_write(
            [ReplaceOne({"_id": key}, value, upsert=True) for key, value in last.items()],
            ordered=False,
        )


def fold(value: bytes, state: State) -> dict[str, Any] | None:
    """Give a project's totals behind an event; None for one that came twice."""
    if not seen:
        place.mark.touch()
        seen.append(True)
    event = parse(value)
    name = digest(event).hex()
    if state.exists(name):
        return None
    state.set_bytes(name, b"1")
    known = state.get_bytes("project")
    project = Project.of(unpack(known)) if known else Project()
    project.apply(event)
    document = project.document()
    state.set_bytes("project", pack(document))
    return document


def main() -> None:
    """Run until the process is ended."""
    app = Application(
        broker_address=place.kafka,
        consumer_group=place.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_every=place.records,
        state_dir=place.state,
        loglevel="WARNING",
        consumer_extra_config={
            "session.timeout.ms": SESSION_MS,
            "fetch.max.bytes": 16_000_000,
            "max.partition.fetch.bytes": 16_000_000,
        },
        producer_extra_config={
            "compression.type": "lz4",
            "linger.ms": 20,
            "transaction.timeout.ms": 10_000,
        },
    )
    topic = app.topic(place.topic, key_deserializer="str", value_deserializer="bytes")
    host, _, port = place.mongo.removeprefix("mongodb://").partition("/")[0].partition(":")
    sink = (
        CoalescingSink()
        if place.variant == "coalescing sink"
        else MongoDBSink(host, place.database, "projects", port=int(port), **DURABLE)
    )
    frame = app.dataframe(topic)
    frame = frame.apply(fold, stateful=True)
    frame = frame.filter(lambda document: document is not None)
    frame.sink(sink)
    settle()
    app.run()


if __name__ == "__main__":
    main()
