"""Bytewax with recovery: state and offsets are snapshot together into SQLite.

Guarantee: exact after kill -9 once it has caught up; it goes back to its last snapshot and
replays, and its sink writes absolute totals, so that what is written twice says the same twice.
Until then MongoDB may be ahead of the snapshot.

Tuned: 20,000 records a poll (1,000 by default), as the limit takes them; a snapshot every second
(10 s by default), which is nearest to the limit's commits; one stateful step that takes a batch
of a key at once and gives only its last totals; ids in the key's state as one string of bytes per
snapshot; larger fetches; the collector of cycles as in our services. One process with
one worker: more would share one interpreter lock.

It reads to the topic's end and ends by itself, which is when its clock stops: what it has not
written by then it never will.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main
from job import ID_BYTES, Event, Place, Project, digest, parse, settle
from pymongo import MongoClient, ReplaceOne

place = Place.told()
SNAPSHOT = timedelta(seconds=1)
Kept = tuple[bytes, dict[str, Any]]


class Fold(op.StatefulBatchLogic):
    """One project: its ids and its totals."""

    def __init__(self, kept: Kept | None) -> None:
        self.ids: set[bytes] = set()
        self.project = Project()
        if kept is not None:
            blob, document = kept
            self.ids.update(blob[at : at + ID_BYTES] for at in range(0, len(blob), ID_BYTES))
            self.project = Project.of(document)

    def on_batch(self, values: list[Event]) -> tuple[list[dict[str, Any]], bool]:
        """Fold a batch; give the totals if they have changed."""
        before = len(self.ids)
        for event in values:
            name = digest(event)
            if name not in self.ids:
                self.ids.add(name)
                self.project.apply(event)
        return ([] if len(self.ids) == before else [_copied(self.project)]), False

    def snapshot(self) -> Kept:
        """Give what a restart needs."""
        return b"".join(self.ids), _copied(self.project)


def _copied(project: Project) -> dict[str, Any]:
    return {**project.document(), "used": [*project.used], "paid": [*project.paid]}


class Projects(StatelessSinkPartition):
    """Writes each project once per batch."""

    def __init__(self) -> None:
        client: MongoClient[dict[str, Any]] = MongoClient(place.mongo, w="majority", journal=True)
        self.projects = client[place.database]["projects"]

    def write_batch(self, items: list[tuple[str, dict[str, Any]]]) -> None:
        """Write the last totals of each project."""
        self.projects.bulk_write(
            [ReplaceOne({"_id": key}, value, upsert=True) for key, value in dict(items).items()],
            ordered=False,
        )


class MongoSink(DynamicSink):
    """One connection a worker."""

    def build(self, _step_id: str, _worker_index: int, _worker_count: int) -> Projects:
        """Connect."""
        return Projects()


def keyed(messages: list[KafkaSourceMessage]) -> list[tuple[str, Event]]:
    """Read a batch of messages."""
    place.mark.touch()
    events = [parse(message.value) for message in messages]
    return [(event.subject, event) for event in events]


def flow() -> Dataflow:
    """Lay out the dataflow."""
    made = Dataflow("peers")
    source = KafkaSource(
        [place.kafka],
        [place.topic],
        tail=False,
        batch_size=place.records,
        add_config={"fetch.max.bytes": "16000000", "max.partition.fetch.bytes": "16000000"},
    )
    came = op.input("in", made, source)
    events = op.flat_map_batch("parse", came, keyed)
    totals = op.stateful_batch("fold", events, Fold)
    op.output("out", totals, MongoSink())
    return made


def main() -> None:
    """Run to the topic's end."""
    store = Path(place.state) / "recovery"
    if not store.exists():
        store.mkdir(parents=True)
        init_db_dir(store, 1)
    settle()
    cli_main(flow(), epoch_interval=SNAPSHOT, recovery_config=RecoveryConfig(store))


if __name__ == "__main__":
    main()
