"""`dualwatch up`: the whole of Dualwatch on this machine until Ctrl-C."""

import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Self

import typer

from deploy.local.datadir import Endpoints
from deploy.local.errors import CancelledError, StackError, UsageError
from deploy.local.principals import DEMOS, KEYS
from deploy.local.stack import SERVICES, Stack
from deploy.local.tail import Tail
from deploy.local.topology import Topology

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The city that `make demo` shows beside the real data.
CITY_PROJECTS = 300
DEMO_PUBLISHERS = ("demo",)
PARTS = (*SERVICES, "kafka", "mongo", "key", "data_dir")


def up(  # noqa: PLR0913 - one parameter for each option
    *,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Where data, logs and the key are kept; a restart continues there."),
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Delete the data directory's content first.")
    ] = False,
    ports_from: Annotated[
        int | None,
        typer.Option(metavar="N", help="Use the 8 ports from N on, 8 more for each further one."),
    ] = None,
    brokers: Annotated[int, typer.Option(metavar="N", help="Kafka brokers: 1 or 3.")] = 1,
    mongo_members: Annotated[
        int, typer.Option(metavar="N", help="Members of MongoDB's replica set: 1 or 3.")
    ] = 1,
    instances: Annotated[
        int, typer.Option(metavar="N", help="Processes of each service; each has own ports.")
    ] = 1,
    secure: Annotated[
        bool,
        typer.Option(
            "--secure", help="Kafka with passwords, TLS and a rule for each right; see operations."
        ),
    ] = False,
    publisher: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="With --secure: who may write to publish.NAME (default: demo)."
        ),
    ] = None,
    json_line: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON on stdout when ready.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Publish the demonstration data once ready.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="With --demo: end when the demonstration is done.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --demo: write its results there.")
    ] = None,
    city: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="With --demo: projects of the synthetic city; 0: none."
        ),
    ] = CITY_PROJECTS,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not show the logs.")] = False,
) -> None:
    """Start Kafka, MongoDB, all services and the page on this machine; Ctrl-C stops them.

    Exit codes: 0 stopped as asked, 1 an unexpected failure, 2 wrong usage (also: the data
    directory is in use or not ours), 3 a port is taken, 4 something is missing on this machine,
    5 a part did not become ready.
    """
    try:
        _require_demo(demo=demo, once=once, out=out)
        _require_secure(secure=secure, publishers=publisher)
        topology = Topology(
            brokers,
            mongo_members,
            instances,
            secure=secure,
            publishers=tuple(publisher or DEMO_PUBLISHERS),
        )
        stack = Stack(data_dir, ports_from=ports_from, topology=topology, reset=reset, report=_say)
        with _Interruption(stack) as interruption, _shown_logs(stack, quiet=quiet):
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


class _Interruption:
    """Turns the stopping signals into `Stack.cancel()`, and into an interrupt where allowed.

    A signal handler runs between any two steps of the main thread, which may hold the very lock
    that an event needs; so it only puts into a SimpleQueue, which is made for that.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._arrived: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._may_raise = False
        self._signalled = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._pass_on, name="signals", daemon=True).start()
        self._before = {number: signal.signal(number, self._handle) for number in STOPPING}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def break_off(self, work: Callable[[], None]) -> None:
        """Do the work unless, or until, a signal comes: it does not watch for one itself."""
        self._may_raise = True
        try:
            if not self._signalled:
                work()
        except KeyboardInterrupt:
            _say("interrupted")
        finally:
            self._may_raise = False

    def _handle(self, number: int, _: FrameType | None) -> None:
        self._signalled = True
        self._arrived.put(number)
        if self._may_raise:
            self._may_raise = False
            raise KeyboardInterrupt

    def _pass_on(self) -> None:
        self._arrived.get()
        self._stack.cancel()


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
    interruption: _Interruption,
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
            stack.wait()
        _say("stopping")
    _say("stopped")


def _announce(endpoints: Endpoints, *, json_line: bool) -> None:
    _say("ready; Ctrl-C stops it")
    for part in PARTS:
        _say(f"  {part:<9} {getattr(endpoints, part)}")
    folder = Path(endpoints.data_dir) / KEYS
    _say(f"principals for trying things out, each with its key in {folder}/NAME:")
    for demo in DEMOS:
        _say(f"  {demo.name:<21} {demo.role:<21} {demo.scope()}")
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
