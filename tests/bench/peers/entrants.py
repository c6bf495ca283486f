"""Who competes: what each is run with, what it promises, where its progress and its result are."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Final

from deploy.local.kafka import java
from deploy.local.stack import Stack
from tests.bench.contender import Contender
from tests.bench.lab import Lab
from tests.bench.peers import environments, reading
from tests.bench.peers.backlog import PARTITIONS
from tests.bench.peers.reading import Kept
from tests.bench.peers.shared.job import Place
from tests.bench.stages import limit, product

LIMIT: Final = "limit"
ORDERED_LIMIT: Final = "limit, ordered"
PRODUCT: Final = "product"
DATABASE: Final = "bench_peers"
LEDGER: Final = "ledger"
FAUST_EVENTS: Final = 20_000
MESSAGE_EVENTS: Final = 3_000
JVM_OPTIONS: Final = (
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
JVM_TUNED: Final = ("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC")

Read = Callable[[Lab, Place], Awaitable[Kept]]
Build = Callable[["Entrant", Stack, Place, Path], Contender]


class Watch(Enum):
    """By what it is seen how far a contender has come for good."""

    POSITIONS = "the positions of its progress documents"
    OFFSETS = "the offsets of its progress documents"
    GROUP = "the offsets that its group has committed"
    COUNTS = "the events that its documents count"
    EXIT = "the same; it ends by itself at the topic's end"


@dataclass(frozen=True)
class Entrant:
    """One contender, in one variant."""

    contender: str
    variant: str
    guarantee: str
    """What it promises after kill -9, in a line."""
    watch: Watch
    build: Build
    read: Read
    folder: str = ""
    """Of its program and its environment."""
    ordered: bool = False
    """Whether it reads our ledger; else it reads what publishers send."""
    most: int | None = None
    """Events it is given at most: it is slow."""
    batched: bool = True
    """Whether the records of one of its batches can be bounded; all have the same bound then."""
    changelogs: tuple[str, ...] = ()
    """Topics behind its group's name that are made before it starts: it counts the partitions of
    those that it makes itself before they are there, and stops."""
    kill_at_commit: bool = False
    """Whether a kill is hardest right behind a commit, not in the midst of a batch."""

    @property
    def name(self) -> str:
        """Name it for a table and a file."""
        return f"{self.contender} ({self.variant})" if self.variant else self.contender

    def chosen(self, words: Sequence[str]) -> bool:
        """Whether one of the words is its contender or its folder; none chooses all."""
        return not words or bool({self.contender, self.folder, self.name} & set(words))


def _ours(entrant: Entrant, stack: Stack, place: Place, _: Path) -> Contender:
    made = product(stack, "analysis", "analysis.v1", LEDGER)
    bound = {"DUALWATCH_ANALYSIS__BATCH_RECORDS": str(place.records)}
    return _named(replace(made, environ={**made.environ, **bound}), entrant)


def _ordered(entrant: Entrant, stack: Stack, place: Place, _: Path) -> Contender:
    words = ["--records-max", str(place.records)]
    words += ["--no-entries"] if entrant.variant == "no entries" else []
    return _named(limit(stack, "projection", LEDGER, [0] * PARTITIONS, *words), entrant)


def _named(made: Contender, entrant: Entrant) -> Contender:
    return Contender(
        _file(entrant),
        made.argv,
        made.database,
        made.projection,
        made.topic,
        made.environ,
        PARTITIONS,
    )


def _by_hand(entrant: Entrant, _: Stack, place: Place, __: Path) -> Contender:
    argv = (sys.executable, "-m", "tests.bench.peers.limit.program")
    return _peer(entrant, place, argv)


def _python(entrant: Entrant, _: Stack, place: Place, cache: Path) -> Contender:
    interpreter = environments.python(entrant.folder, cache)
    program = environments.HERE / entrant.folder / "program.py"
    words = ("worker", "-l", "warn") if entrant.folder == "faust" else ()
    return _peer(entrant, place, (str(interpreter), str(program), *words))


def _java(entrant: Entrant, _: Stack, place: Place, cache: Path) -> Contender:
    path = environments.classpath(cache / entrant.folder)
    options = (*JVM_OPTIONS, *(JVM_TUNED if entrant.variant.startswith("tuned") else ()))
    return _peer(entrant, place, (str(java()), *options, "-cp", path, "Peer"))


def _peer(entrant: Entrant, place: Place, argv: tuple[str, ...]) -> Contender:
    environ = {**place.environ(), "PYTHONPATH": str(environments.SHARED)}
    if entrant.folder == "":
        environ.pop("PYTHONPATH")
    return Contender(_file(entrant), argv, place.database, LIMIT, place.topic, environ, PARTITIONS)


def _file(entrant: Entrant) -> str:
    return entrant.name.replace(" ", "-").replace("(", "").replace(")", "").replace(",", "")


async def _documents(lab: Lab, place: Place) -> Kept:
    return await reading.documents(lab, place.database)


async def _streams(lab: Lab, place: Place) -> Kept:
    return await reading.changelog(lab, f"{place.group}-projects-changelog", reading.packed)


async def _faust(lab: Lab, place: Place) -> Kept:
    return await reading.changelog(lab, f"{place.group}-projects-changelog", reading.written)


async def _product(lab: Lab, place: Place) -> Kept:
    return await reading.product(lab, place.database)


async def _limit(lab: Lab, place: Place) -> Kept:
    return await reading.ordered_limit(lab, place.database)


REPLACED: Final = "exact: what is written again replaces what was written"
KAFKA: Final = "exact: state and offsets in one Kafka transaction"

_STREAMS: Final = Entrant(
    contender="kafka-streams",
    variant="defaults",
    guarantee=KAFKA,
    watch=Watch.GROUP,
    build=_java,
    read=_streams,
    folder="kafka_streams",
    batched=False,
)
_QUIX: Final = Entrant(
    contender="quix",
    variant="own sink",
    guarantee=REPLACED,
    watch=Watch.GROUP,
    build=_python,
    read=_documents,
    folder="quix",
)
_FAUST: Final = Entrant(
    contender="faust",
    variant="",
    guarantee="at least once",
    watch=Watch.GROUP,
    build=_python,
    read=_faust,
    folder="faust",
    changelogs=("ids-changelog", "projects-changelog"),
    most=FAUST_EVENTS,
    batched=False,
)
_FASTSTREAM: Final = Entrant(
    contender="faststream",
    variant="default ack",
    guarantee="at most once for what was fetched before a commit",
    watch=Watch.COUNTS,
    build=_python,
    read=_documents,
    folder="faststream",
    most=MESSAGE_EVENTS,
    batched=False,
    kill_at_commit=True,
)
_ORDERED: Final = Entrant(
    contender=ORDERED_LIMIT,
    variant="",
    guarantee="exact: entries, totals and progress in one transaction",
    watch=Watch.POSITIONS,
    build=_ordered,
    read=_limit,
    ordered=True,
)

ENTRANTS: Final = (
    Entrant(
        contender=LIMIT,
        variant="",
        guarantee="exact: ids, totals and progress in one transaction",
        watch=Watch.OFFSETS,
        build=_by_hand,
        read=_documents,
    ),
    _ORDERED,
    replace(
        _ORDERED,
        variant="no entries",
        guarantee="exact: totals and progress in one transaction",
    ),
    Entrant(
        contender=PRODUCT,
        variant="",
        guarantee="exact: entries, state and progress in one transaction",
        watch=Watch.POSITIONS,
        build=_ours,
        read=_product,
        ordered=True,
    ),
    _STREAMS,
    replace(_STREAMS, variant="tuned"),
    replace(_STREAMS, variant="tuned, one thread"),
    Entrant(
        contender="bytewax",
        variant="",
        guarantee=REPLACED,
        watch=Watch.EXIT,
        build=_python,
        read=_documents,
        folder="bytewax",
    ),
    _QUIX,
    replace(_QUIX, variant="coalescing sink"),
    _FAUST,
    replace(_FAUST, variant="exactly once", guarantee=KAFKA),
    _FASTSTREAM,
    replace(
        _FASTSTREAM,
        variant="ack after",
        guarantee="exact: id and totals in one transaction",
        kill_at_commit=False,
    ),
)
"""In the order of a round; every other round is run from its end."""
