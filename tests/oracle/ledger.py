"""Intake against the log: what was acknowledged is there once, in order, in unbroken chains."""

import json
import zlib
from collections.abc import Iterable
from typing import Any, Final

from tests.oracle.api import Api, Entry
from tests.oracle.facts import Fact, kind_of
from tests.oracle.log import Key, Outcome
from tests.oracle.report import Report
from tests.oracle.silence import HEARD
from tests.oracle.world import Told, World

FIRST_HASH: Final = bytes(32)
INTAKE_SOURCE: Final = "dualwatch:intake"
DAY_OPENED: Final = "dualwatch.day.opened.v1"
IN_LEDGER: Final = frozenset({"accepted", "duplicate"})


def compare_ledger(world: World, intake: Api, report: Report) -> dict[Key, int]:
    """Read every stream, check it, and give the sequence of each event in it."""
    partitions = intake.get("/v1/position")["position"].count("-") + 1
    places: dict[Key, int] = {}
    positions: set[tuple[int, int]] = set()
    streams = {told.event["subject"] for told in world.told.values()} | set(world.jurisdictions)
    for stream in sorted(streams):
        entries = list(intake.stream(stream))
        _compare_stream(stream, entries, report, partitions, positions)
        events = [json.loads(bytes(entry.event)) for entry in entries]
        _compare_events(world, stream, events, report, places)
        _note_publishers(world, entries, events)
        if "/" not in stream:
            _compare_days(world, stream, events, report)
            hear_the_heard(world, stream, events)
    for key, told in world.told.items():
        _compare_outcome(key, told, report, there=key in places)
    _compare_verification(intake, report)
    return places


def _compare_stream(
    stream: str,
    entries: Iterable[Entry],
    report: Report,
    partitions: int,
    positions: set[tuple[int, int]],
) -> None:
    """Check numbers, partition and hash chain of a stream."""
    last_hash, last_position = FIRST_HASH, 0
    for number, entry in enumerate(entries, 1):
        where = f"{stream} #{number}"
        report.compare("intake.sequence", where, number, entry.sequence)
        last_hash = entry.hash_after(last_hash)
        report.compare("intake.chain", where, last_hash.hex(), entry.hash)
        home = zlib.crc32(stream.encode()) % partitions
        report.compare("intake.partition", where, home, entry.partition)
        grows = entry.position > last_position
        report.compare("intake.position_grows", where, expected=True, actual=grows)
        place = (entry.partition, entry.position)
        report.compare("intake.position_once", where, expected=False, actual=place in positions)
        positions.add(place)
        last_position = entry.position


def _compare_events(
    world: World,
    stream: str,
    events: list[dict[str, Any]],
    report: Report,
    places: dict[Key, int],
) -> None:
    """Check that every entry was sent, as it is, to this stream, and is there once."""
    for sequence, event in enumerate(events, 1):
        key = (event["source"], event["id"])
        told = world.told.get(key)
        where = f"{stream} {key[1]}"
        if told is None:
            if key[0] != INTAKE_SOURCE:
                report.differ("intake.never_sent", where, None, event["type"])
            continue
        report.compare("intake.once", where, expected=False, actual=key in places)
        sent = next((one for one in (told.event, *told.others) if one == event), None)
        report.compare("intake.content", where, expected=True, actual=sent is not None)
        places[key] = sequence
        if sent is not None:
            told.event = sent


def _note_publishers(
    world: World, entries: Iterable[Entry], events: Iterable[dict[str, Any]]
) -> None:
    """Note who stated what was sent: the log does not say it."""
    for entry, event in zip(entries, events, strict=True):
        told = world.told.get((event["source"], event["id"]))
        if told is not None:
            told.publisher = entry.publisher


def hear_the_heard(world: World, jurisdiction: str, events: Iterable[dict[str, Any]]) -> None:
    """Take in what the ledger itself states of who was heard, by the days opened before it."""
    epoch = 0
    for sequence, event in enumerate(events, 1):
        if event["source"] != INTAKE_SOURCE:
            continue
        epoch += event["type"] == DAY_OPENED
        if kind_of(event["type"]) == HEARD:
            world.of(jurisdiction).add(Fact.of(event, sequence, epoch))


def _compare_days(
    world: World, jurisdiction: str, events: list[dict[str, Any]], report: Report
) -> None:
    opened = [e["data"]["date"] for e in events if e["type"] == DAY_OPENED]
    expected = [day.isoformat() for day in world.jurisdictions[jurisdiction].days]
    report.compare("intake.days", jurisdiction, expected, opened)


def _compare_outcome(key: Key, told: Told, report: Report, *, there: bool) -> None:
    """Check acked ⇒ there, unknown ⇒ there or not, refused ⇒ not there; accepted once at most."""
    where = f"{told.event['subject']} {key[1]}"
    verdicts = [v for outcome, v in told.outcomes if outcome is Outcome.ACKED]
    if any(verdict is None or verdict in IN_LEDGER for verdict in verdicts):
        report.compare("intake.acked_is_there", where, expected=True, actual=there)
    elif not any(outcome is Outcome.UNKNOWN for outcome, _ in told.outcomes):
        if "conflict" not in verdicts:
            report.compare("intake.refused_is_not_there", where, expected=False, actual=there)
    else:
        report.compared["intake.unknown"] += 1
    accepted = verdicts.count("accepted") <= 1
    report.compare("intake.accepted_once", where, expected=True, actual=accepted)


def _compare_verification(intake: Api, report: Report) -> None:
    faults = intake.get("/v1/ledger/verification")["faults"]
    report.compare("intake.verification", "all chains", [], faults)
