"""`dualwatch simulate`: a synthetic city, into the running stack or into a file."""

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer
from rich.progress import Progress

from services.cli.city.chance import Chance
from services.cli.city.city import Plan, simulate
from services.cli.city.wire import OpenDay
from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.grouped import grouped
from services.cli.options import NoWait, read_day
from services.cli.output import JsonFlag, progress_bar, show
from services.cli.passing import wait_until_passed
from services.cli.publish import RUN_ID_BYTES
from services.cli.publishing import Item, Sender, Tally
from services.cli.session import client_of
from services.cli.stream import DayToOpen, send_stream

SEED_MAX: Final = 999_999
PROJECTS_MAX: Final = 100_000
YEAR_MIN: Final = 2000
YEAR_MAX: Final = 2150
"""First and last calendar year of a city."""
DAYS_MAX: Final = 366 * 30
"""Longest time that is simulated."""
PASSING_SECONDS_MAX: Final = 1_800.0
"""Longest wait until all services have passed a whole city."""


@dataclass(frozen=True, kw_only=True)
class CityOptions:
    """Which city, and which of its days."""

    seed: Annotated[
        int, typer.Option("--seed", min=0, max=SEED_MAX, help="The same seed, the same city.")
    ]
    projects: Annotated[
        int, typer.Option("--projects", min=1, max=PROJECTS_MAX, help="Active projects.")
    ]
    start: Annotated[
        str,
        typer.Option("--from", metavar="DATE", parser=read_day, help="First day that is opened."),
    ]
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", parser=read_day, help="Last day.")
    ]


@grouped
def simulate_command(
    context: typer.Context,
    city: CityOptions,
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write JSONL instead of publishing."),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option("--truth", metavar="FILE", help="Write the planted deviations as JSONL."),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option("--speed", min=0.001, help="Days a second at most; default: no limit."),
    ] = None,
    no_wait: NoWait = False,
    as_json: JsonFlag = False,
) -> None:
    """Simulate a synthetic Chinese city, day by day, with deviations planted in it.

    Publishes to the running stack and opens each day there; with -o it only writes a file
    that `dualwatch publish` understands.
    """
    plan = _plan(city)
    with ExitStack() as closing:
        run = _City(plan, _opened(closing, truth))
        if output is not None:
            if speed is not None:
                message = "--speed is for publishing; a file is written at once"
                raise CliError(message, ExitCode.USAGE)
            target = _opened(closing, output)
            _write(run, target, closing.enter_context(progress_bar()))
            show({**run.summary, "file": str(output)}, as_json=as_json)
            return
        client = closing.enter_context(client_of(context))
        tally = _publish(run, client, speed, closing.enter_context(progress_bar()))
        show(tally.summary, as_json=as_json)
        if not no_wait:
            wait_until_passed(client, str(tally.position), PASSING_SECONDS_MAX)


def publish_city(client: Client, plan: Plan) -> Tally:
    """Publish a city as fast as it is taken, and wait until all services have passed it."""
    with progress_bar(shown=True) as bar:
        tally = _publish(_City(plan, None), client, None, bar)
    wait_until_passed(client, str(tally.position), PASSING_SECONDS_MAX)
    return tally


def _plan(asked: CityOptions) -> Plan:
    start, until = dt.date.fromisoformat(asked.start), dt.date.fromisoformat(asked.until)
    plan = Plan(asked.seed, asked.projects, start, until)
    if not plan.start <= plan.until:
        message = f"--until {until} lies before --from {start}"
        raise CliError(message, ExitCode.USAGE)
    if plan.start.year < YEAR_MIN or plan.until.year > YEAR_MAX:
        message = f"a city lives between {YEAR_MIN} and {YEAR_MAX}"
        raise CliError(message, ExitCode.USAGE)
    if (plan.until - plan.start).days >= DAYS_MAX:
        message = f"at most {DAYS_MAX} days are simulated"
        raise CliError(message, ExitCode.USAGE)
    return plan


def _opened(closing: ExitStack, file: Path | None) -> BinaryIO | None:
    if file is None:
        return None
    try:
        return closing.enter_context(file.open("wb"))
    except OSError as error:
        message = f"cannot write {file}: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


@dataclass(slots=True)
class _City:
    """A run of the simulation, and what it has come to so far."""

    plan: Plan
    truth: BinaryIO | None
    events: int = 0
    days: int = 0
    deviations: int = 0
    last: str = field(default="")

    @property
    def total_days(self) -> int:
        """How many days will be opened."""
        return (self.plan.until - self.plan.start).days + 1

    def lines(self) -> Iterator[bytes | OpenDay]:
        """Yield all lines in order and keep the ground truth beside them."""
        for day in simulate(self.plan, Chance(self.plan.seed)):
            for line in day.lines:
                if isinstance(line, OpenDay):
                    self.days += 1
                    self.last = line.date
                else:
                    self.events += 1
                yield line
            self.deviations += len(day.truths)
            if self.truth is not None:
                self.truth.writelines(truth.to_bytes() + b"\n" for truth in day.truths)

    @property
    def summary(self) -> dict[str, str | int]:
        """What was written."""
        return {
            "jurisdiction": self.plan.jurisdiction,
            "events": self.events,
            "days": self.days,
            "deviations": self.deviations,
        }


def _write(city: _City, target: BinaryIO | None, bar: Progress) -> None:
    if target is None:
        raise AssertionError(target)
    task = bar.add_task("days", total=city.total_days)
    for line in city.lines():
        if isinstance(line, OpenDay):
            bar.advance(task)
            target.write(line.to_bytes() + b"\n")
        else:
            target.write(line + b"\n")


def _publish(city: _City, client: Client, speed: float | None, bar: Progress) -> Tally:
    sender = Sender(client, secrets.token_hex(RUN_ID_BYTES))
    task = bar.add_task("days", total=city.total_days)

    def items() -> Iterator[Item | DayToOpen]:
        started = client.monotonic()
        for line in city.lines():
            if isinstance(line, OpenDay):
                if speed is not None:
                    _keep_pace(client, started + (city.days - 1) / speed)
                bar.advance(task)
                yield DayToOpen(line.jurisdiction, line.date)
            else:
                yield Item(line, f"event {city.events}")

    send_stream(client, sender, items(), lambda _count: None)
    return sender.finish()


def _keep_pace(client: Client, due: float) -> None:
    early = due - client.monotonic()
    if early > 0:
        client.pause(early)
