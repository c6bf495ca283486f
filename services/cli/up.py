"""`dualwatch up`: the whole of Dualwatch on this machine until Ctrl-C."""

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from deploy.local.datadir import Endpoints
from deploy.local.errors import CancelledError, StackError, UsageError
from deploy.local.principals import DEMOS, KEYS, password_of
from deploy.local.stack import SERVICES, Stack
from deploy.local.tail import Tail
from deploy.local.topology import Topology
from services.cli import up_options as options
from services.cli.interruption import Interruption

# The city that `make demo` shows beside the real data.
CITY_PROJECTS = 300
DEMO_PUBLISHERS = ("demo",)
PARTS = (*SERVICES, "kafka", "mongo", "key", "data_dir")


def up(  # noqa: PLR0913 - one parameter for each option
    *,
    data_dir: options.DataDir = None,
    reset: options.Reset = False,
    ports_from: options.PortsFrom = None,
    brokers: options.Brokers = 1,
    mongo_members: options.MongoMembers = 1,
    instances: options.Instances = 1,
    secure: options.Secure = False,
    publisher: options.Publishers = None,
    json_line: options.JsonLine = False,
    demo: options.Demo = False,
    once: options.Once = False,
    out: options.Out = None,
    city: options.City = CITY_PROJECTS,
    stores: options.Stores = False,
    quiet: options.Quiet = False,
) -> None:
    """Start Kafka, MongoDB, all services and the page on this machine; Ctrl-C stops them.

    Exit codes: 0 stopped as asked, 1 an unexpected failure, 2 wrong usage (also: the data
    directory is in use or not ours), 3 a port is taken, 4 something is missing on this machine,
    5 a part did not become ready.
    """
    try:
        _require_demo(demo=demo, once=once, out=out)
        _require_secure(secure=secure, publishers=publisher)
        _require_services(stores=stores, demo=demo)
        topology = Topology(
            brokers,
            mongo_members,
            instances,
            secure=secure,
            publishers=tuple(publisher or DEMO_PUBLISHERS),
        )
        stack = Stack(
            data_dir,
            ports_from=ports_from,
            services=() if stores else SERVICES,
            topology=topology,
            reset=reset,
            passwords=True,
            report=_say,
        )
        with Interruption(stack, _say) as interruption, _shown_logs(stack, quiet=quiet):
            work = _Demonstration(once=once, out=out, city=city) if demo else None
            _run(stack, interruption, work, json_line=json_line, once=once)
    except CancelledError:
        _say("stopped before everything was ready")
    except StackError as error:
        _say(f"error: {error}")
        raise typer.Exit(error.exit_code) from error


def _require_demo(*, demo: bool, once: bool, out: Path | None) -> None:
    if (once or out) and not demo:
        message = "--once and --out belong to --demo"
        raise UsageError(message)


def _require_secure(*, secure: bool, publishers: list[str] | None) -> None:
    if publishers and not secure:
        message = "--publisher belongs to --secure: otherwise everybody may publish"
        raise UsageError(message)


def _require_services(*, stores: bool, demo: bool) -> None:
    if stores and demo:
        message = "--demo needs the services, and --stores starts none"
        raise UsageError(message)


@dataclass(frozen=True)
class _Demonstration:
    """What is done once all is ready."""

    once: bool
    out: Path | None
    city: int

    def run(self, endpoints: Endpoints) -> None:
        # Only here, so that `up` alone needs nothing of what the demonstration needs.
        from services.cli.demo import run_demo  # noqa: PLC0415

        run_demo(endpoints, once=self.once, out=self.out, city=self.city)


def _run(
    stack: Stack,
    interruption: Interruption,
    work: _Demonstration | None,
    *,
    json_line: bool,
    once: bool,
) -> None:
    with stack:
        endpoints = stack.endpoints()
        _announce(endpoints, json_line=json_line)
        if work:
            interruption.break_off(lambda: work.run(endpoints))
        if not once:
            stack.learn()
            stack.wait()
        _say("stopping")
    _say("stopped")


def _announce(endpoints: Endpoints, *, json_line: bool) -> None:
    _say("ready; Ctrl-C stops it")
    for part in PARTS:
        _say(f"  {part:<9} {getattr(endpoints, part)}")
    data_dir = Path(endpoints.data_dir)
    _say(f"for trying things out: sign in at {endpoints.console}/sign-in, one user for each role")
    _say(f"(keys for the command line are in {data_dir / KEYS}/NAME):")
    for demo in DEMOS:
        password = password_of(data_dir, demo.name) or "-"
        _say(f"  {demo.name:<21} {password:<20} {demo.role:<21} {demo.scope()}")
    if json_line:
        sys.stdout.write(endpoints.to_json() + "\n")
        sys.stdout.flush()


@contextmanager
def _shown_logs(stack: Stack, *, quiet: bool) -> Iterator[None]:
    if quiet:
        yield
        return
    colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    tail = Tail(stack.data.logs, sys.stderr, colours=colours)
    tail.start()
    try:
        yield
    finally:
        tail.stop()


def _say(message: str) -> None:
    """Speak to the person; standard output is for data."""
    # The terminal may be closed by now, which must not keep us from stopping in good order.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"dualwatch: {message}\n")
        sys.stderr.flush()
