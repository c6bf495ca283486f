"""`dualwatch ledger repartition` and `compare`: the ledger over another number of partitions.

An export is put into the new order on disk, and written to the topic `ledger` of a new deployment;
`dualwatch ledger restore` fills its store from there, and analysis and the others follow.
"""

import asyncio
import hashlib
import os
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from contracts.record import MARK_HEADER
from contracts.topics import LEDGER
from services.chassis.publisher import (
    OutRecord,
    Publisher,
    PublishError,
    ensure_topics,
    last_record,
    partitions_of,
)
from services.chassis.settings import KafkaSettings
from services.cli.environment import operator_settings
from services.cli.errors import CliError, ExitCode
from services.cli.output import JsonFlag, progress_bar, say, show
from services.intake.domain.repartition import DisorderError, Line, Numbering, Ordering

PARTITIONS_MAX: Final = 256
RECORDS_AT_ONCE: Final = 2_000
LINE_BYTES_MAX: Final = 1024 * 1024
DIFFERENCES_SHOWN: Final = 20
CONFIG: Final = {"retention.ms": "-1", "cleanup.policy": "delete"}
"""The ledger is kept for ever."""
REFUSED: Final = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError)
MAY_NOT: Final = (
    f"Kafka refuses this user: make and write the topic {LEDGER.name} as the one who sets Kafka up "
    "(docs/scale.md)"
)

_line: Final = msgspec.json.Decoder(Line).decode

Export = Annotated[Path, typer.Argument(metavar="EXPORT", help="As `ledger export` wrote it.")]


def repartition(
    export: Export,
    *,
    partitions: Annotated[
        int, typer.Option(min=1, max=PARTITIONS_MAX, help="How many the new deployment has.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Write an export to the topic `ledger` of a new deployment that has another number.

    The topic must be empty; it is made if it is not there. Then `dualwatch ledger restore` fills
    the new deployment's store from it (docs/scale.md tells all steps).
    """
    kafka = operator_settings(os.environ).kafka
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-repartition-") as folder,
        closing(sqlite3.connect(Path(folder) / "order.db")) as order,
    ):
        count = _sort(export, order)
        say(f"{count:,} entries in their new order")
        positions = asyncio.run(_write(kafka, export, order, count, partitions))
    cut = "-".join(map(str, positions))
    show({"entries": count, "partitions": partitions, "position": cut}, as_json=as_json)


def compare(export: Export, other: Export, *, as_json: JsonFlag = False) -> None:
    """Compare two exports stream by stream: sequences, times, publishers, types, bytes.

    Positions and hashes are left out: they hang on the number of partitions. Ends with 1 if the
    streams are not equal.
    """
    one, two = _streams(export), _streams(other)
    different = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
    found = {"streams": len(one), "different": len(different)}
    show(found, as_json=as_json, title="compared")
    for name in different[:DIFFERENCES_SHOWN]:
        say(f"{name}: {one.get(name, 'missing')} and {two.get(name, 'missing')}")
    if different:
        message = f"{len(different)} streams are not equal"
        raise CliError(message, ExitCode.FAILED_CHECK)


def _streams(export: Path) -> dict[str, str]:
    """Hash each stream that is at home."""
    hashes: dict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
    for _, line in _lines(export):
        if not line.is_copy:
            noted = f"{line.sequence} {line.recorded_ms} {line.type} {line.publisher}\n"
            hashes[line.stream].update(noted.encode() + line.event.encode() + b"\n")
    return {name: found.hexdigest() for name, found in hashes.items()}


def _lines(export: Path) -> Iterator[tuple[int, Line]]:
    """Yield the lines of an export, each with the offset at which it begins."""
    try:
        with export.open("rb") as stream:
            offset = 0
            while raw := stream.readline(LINE_BYTES_MAX):
                yield offset, _line(raw)
                offset += len(raw)
    except (OSError, msgspec.MsgspecError) as error:
        message = f"{export} is not an export of the ledger: {error}"
        raise CliError(message, ExitCode.USAGE) from error


def _sort(export: Path, order: sqlite3.Connection) -> int:
    """Write the place of each line that is at home; give how many there are."""
    ordering = Ordering()
    order.execute("create table place (t, j, k, kind, p, x, at, primary key (t, j, k, kind, p, x))")
    try:
        for _, line in _lines(export):
            if line.is_fact and not line.is_copy:
                ordering.learn(line)
        rows = ((*ordering.place(line), at, line.is_copy) for at, line in _lines(export))
        order.executemany(
            "insert into place values (?, ?, ?, ?, ?, ?, ?)",
            (row[:-1] for row in rows if not row[-1]),
        )
    except DisorderError as error:
        message = f"{export} is not a whole ledger: {error}"
        raise CliError(message, ExitCode.FAILED_CHECK) from error
    order.commit()
    return int(order.execute("select count(*) from place").fetchone()[0])


async def _write(
    kafka: KafkaSettings, export: Path, order: sqlite3.Connection, count: int, partitions: int
) -> list[int]:
    """Write everything; give the cut that it leads to."""
    try:
        await _require_empty(kafka, partitions)
    except (KafkaError, PublishError, OSError, TimeoutError) as error:
        raise CliError(_in_words(error, "nothing is written"), ExitCode.UNREACHABLE) from error
    numbering, publisher = Numbering(partitions), Publisher(kafka)
    waiting: list[list[OutRecord]] = [[] for _ in range(partitions)]
    try:
        with progress_bar() as bar, export.open("rb") as stream:
            task = bar.add_task("entries", total=count)
            for (at,) in order.execute("select at from place order by t, j, k, kind, p, x"):
                stream.seek(at)
                line = _line(stream.readline(LINE_BYTES_MAX))
                for partition, key, value, mark in numbering.records(line):
                    records = waiting[partition]
                    records.append((key, value, [(MARK_HEADER, mark.to_bytes())]))
                    if len(records) == RECORDS_AT_ONCE:
                        await publisher.publish(LEDGER.name, partition, records)
                        records.clear()
                bar.advance(task)
            for partition, records in enumerate(waiting):
                await publisher.publish(LEDGER.name, partition, records)
    except PublishError as error:
        message = _in_words(error, "begin anew with an empty topic")
        raise CliError(message, ExitCode.UNREACHABLE) from error
    finally:
        await publisher.close()
    return numbering.positions


def _in_words(error: Exception, advice: str) -> str:
    """Say what Kafka did not do, and what to do about it."""
    if isinstance(error, REFUSED) or isinstance(error.__cause__, REFUSED):
        return MAY_NOT
    return f"Kafka did not take all ({str(error) or repr(error)}): {advice}"


async def _require_empty(kafka: KafkaSettings, partitions: int) -> None:
    await ensure_topics(kafka, {LEDGER.name: CONFIG}, partitions)
    found = (await partitions_of(kafka, [LEDGER.name]))[LEDGER.name]
    if found != partitions:
        message = f"the topic {LEDGER.name} has {found} partitions, not {partitions}"
        raise CliError(message, ExitCode.USAGE)
    for partition in range(partitions):
        if await last_record(kafka, LEDGER.name, partition) is not None:
            message = f"the topic {LEDGER.name} is not empty: this is for a new deployment"
            raise CliError(message, ExitCode.USAGE)
