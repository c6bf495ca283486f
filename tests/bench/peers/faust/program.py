"""Faust (faust-streaming) with tables: ids and totals, kept in changelog topics.

Guarantee: at least once; what was folded after the last commit of offsets is folded again, and
events of a table's changelog that were not yet sent are lost with the process.

Variant `exactly once` asks for processing_guarantee="exactly_once".

Tuned: tables in memory (RocksDB is slower and keeps no other promise); raw bytes and msgspec
instead of its own codecs for events; offsets committed every second (2.8 s by default); no web
server, no leader topic; the collector of cycles as in our services.
Events are folded one by one: with `take` a table's changes go to the
partition of the batch's last event, and are lost on a rebalance.

Its changelog topics are made for it: it counts their partitions before they are there.

Its totals are read from the changelog: its own durable store, as with Kafka Streams.
"""

import faust
from job import SESSION_MS, Place, Project, digest, parse, settle

place = Place.told()

app = faust.App(
    place.group,
    broker=f"kafka://{place.kafka}",
    store="memory://",
    datadir=str(place.state),
    topic_partitions=6,
    topic_replication_factor=1,
    topic_allow_declare=True,
    topic_disable_leader=True,
    web_enabled=False,
    broker_commit_interval=1.0,
    broker_session_timeout=SESSION_MS / 1_000,
    broker_heartbeat_interval=2.0,
    broker_max_poll_records=10_000,
    consumer_auto_offset_reset="earliest",
    processing_guarantee="exactly_once" if place.variant == "exactly once" else "at_least_once",
)
source = app.topic(place.topic, key_type=bytes, value_type=bytes, value_serializer="raw")
ids = app.Table("ids", default=int, partitions=6)
projects = app.Table("projects", partitions=6)


@app.agent(source)
async def fold(stream: faust.Stream) -> None:
    """Fold each event into its project."""
    began = False
    async for value in stream:
        if not began:
            place.mark.touch()
            began = True
        event = parse(value)
        name = digest(event).hex()
        if ids[name]:
            continue
        ids[name] = 1
        known = projects.get(event.subject)
        project = Project.of(known) if known else Project()
        project.apply(event)
        projects[event.subject] = project.document()


if __name__ == "__main__":
    settle()
    app.main()
