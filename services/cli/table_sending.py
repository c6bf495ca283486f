"""Sending a mapped table, so that an interrupted run can be resumed; and previewing it."""

import hashlib
import secrets
from typing import Any, Final

from rich.progress import Progress

from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.output import say
from services.cli.places import Service
from services.cli.publishing import Sender, Tally, batches
from services.cli.run_state import RunState, RunStates, file_sha256
from services.cli.table_files import Report, TableAsked, TableRun, told

RUN_ID_BYTES: Final = 16
COUNTED: Final = ("sent", "accepted", "duplicate", "quarantined")


def preview_table(asked: TableAsked) -> dict[str, Any]:
    """Map all of a table and send nothing: first events, counts, every kind of problem."""
    with told(asked.file.name), asked.file.open("rb") as stream:
        run = TableRun(asked, stream)
        events = sum(1 for _ in run.items())
        report = run.report
        return {
            "file": asked.file.name,
            "mapping": f"{asked.mapping.mapping} v{asked.mapping.version}",
            "read_as": "; ".join(run.notes()),
            "rows": report.rows,
            "events": events,
            "by_type": dict(report.events),
            "rejected": report.rejected,
            "passed": report.passed,
            "problems": report.problems(),
            "preview": report.preview,
        }


def publish_table(
    client: Client, asked: TableAsked, bar: Progress, *, resume: bool
) -> tuple[Tally, Report]:
    """Send a table's events in order; the state on disk always says how far it has come."""
    states = RunStates()
    state = _state(states, asked, _meaning(client, asked), resume=resume)
    # Before the first request: one whose answer gets lost is repeated under the same key.
    states.save(state)
    sender = Sender(client, state.run_id, state.requests)
    for name in COUNTED:
        setattr(sender.tally, name, state.counts.get(name, 0))
    task = bar.add_task(asked.file.name, total=asked.file.stat().st_size)
    with told(asked.file.name), asked.file.open("rb") as stream:
        run = TableRun(asked, stream)
        passed_by = 0
        # Cut anew from the beginning: the same batches, so that their numbers are the same.
        for batch in batches(run.items()):
            if passed_by < state.events:
                passed_by += len(batch)
                continue
            sender.send(batch)
            state.events += len(batch)
            passed_by += len(batch)
            state.requests = sender.requests
            state.counts = {name: getattr(sender.tally, name) for name in COUNTED}
            states.save(state)
            bar.update(task, completed=stream.tell() if not stream.closed else None)
        bar.update(task, completed=asked.file.stat().st_size)
    if file_sha256(asked.file) != state.file_sha256:
        message = f"{asked.file.name} was changed while it was read: send it again"
        raise CliError(message, ExitCode.USAGE)
    state.done = True
    states.save(state)
    return sender.finish(), run.report


def _meaning(client: Client, asked: TableAsked) -> str:
    """Hash what the file means and where it goes: a stack that was reset has another key."""
    there = f"{client.places.url(Service.INTAKE)}\0{client.places.key}"
    return hashlib.sha256(f"{asked.sha256}\0{there}".encode()).hexdigest()


def _state(states: RunStates, asked: TableAsked, meaning: str, *, resume: bool) -> RunState:
    """Return the run to go on with, or a new one; what was begun before is told."""
    content, place = file_sha256(asked.file), str(asked.file.resolve())
    known = states.find(content, meaning)
    fresh = RunState(place, content, meaning, secrets.token_hex(RUN_ID_BYTES))
    if known is not None and not known.done:
        if resume:
            say(f"{asked.file.name}: going on after {known.events:,} events")
            return known
        say(f"{asked.file.name}: an earlier run stopped after {known.events:,} events; "
            "--resume goes on there (what was sent counts as duplicate now)")  # fmt: skip
    elif resume:
        others = [one for one in states.of_file(place) if one.mapping_sha256 == meaning]
        changed = any(one.file_sha256 != content for one in others)
        if changed:
            message = (
                f"{asked.file.name} has changed since it was interrupted: send it without "
                "--resume (what has been sent already counts as duplicate)"
            )
            raise CliError(message, ExitCode.USAGE)
        say(f"{asked.file.name}: nothing to resume; sending all of it")
    return fresh
