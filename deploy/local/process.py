"""One supervised child process, and the warden that lets none outlive the parent."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.local import reaper, shim
from deploy.local.errors import CancelledError, NotReadyError
from deploy.local.waiting import wait_until

# Services first, then the stores: together with KILL_SECONDS each, all ends within 10 s.
STOP_SECONDS = 3.5
KILL_SECONDS = 1.0
REAPER_SECONDS = 3.0
BACKOFF_FIRST_SECONDS = 0.2
BACKOFF_MAX_SECONDS = 10.0
# A child that ran this long before it died starts again with the first, short back-off.
STABLE_SECONDS = 30.0
# In a row, each after less than STABLE_SECONDS: about five minutes of trying.
RESTARTS_MAX = 35
LOG_BYTES_MAX = 50 * 1024 * 1024


class Journal(Protocol):
    """Where a child's comings and goings are written."""

    def info(self, event: str, /, **details: object) -> object:
        """Write one event."""


@dataclass(frozen=True)
class Command:
    """What to run, under which name, and how long it may take to stop."""

    name: str
    argv: tuple[str, ...]
    log_file: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = STOP_SECONDS
    restart_seconds: float = STOP_SECONDS
    """Where it is to leave in good order while the others go on."""


class Warden:
    """Starts every child of one stack and guarantees that all are gone when the parent is."""

    def __init__(self) -> None:
        """Nothing is started before `open`."""
        self._mark = secrets.token_hex(16)
        self._reaper: subprocess.Popen[bytes] | None = None
        # The kernel sends the death signal when the *thread* that forked ends, so one thread
        # that lives as long as the warden forks all children.
        self._forker = ThreadPoolExecutor(1, thread_name_prefix="forker")

    def open(self) -> None:
        """Start the reaper, before any child."""
        self._reaper = self._forker.submit(self._start_reaper).result()

    def close(self) -> None:
        """Kill whatever is left of the children's children and let the reaper end."""
        if self._reaper is None:
            return
        if self._reaper.stdin:
            self._reaper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._reaper.wait(REAPER_SECONDS)
        self._reaper = None
        self._forker.shutdown()

    def spawn(self, command: Command) -> subprocess.Popen[bytes]:
        """Start the command in a session of its own, with its output appended to its log."""
        return self._forker.submit(self._spawn, command).result()

    def run(
        self, command: Command, deadline_seconds: float, cancel: threading.Event | None = None
    ) -> int:
        """Run the command to its end and give its exit code; at the deadline it is killed.

        When `cancel` is set it is killed too, and CancelledError raised.
        """
        process = self.spawn(command)
        try:
            wait_until(
                lambda: process.poll() is not None,
                deadline_seconds=deadline_seconds,
                what=command.name,
                cancel=cancel,
            )
        except NotReadyError:
            process.kill()
        except CancelledError:
            process.kill()
            process.wait()
            raise
        return process.wait()

    def _spawn(self, command: Command) -> subprocess.Popen[bytes]:
        shimmed = (sys.executable, "-I", "-S", shim.__file__, str(os.getpid()), *command.argv)
        command.log_file.parent.mkdir(parents=True, exist_ok=True)
        with command.log_file.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the stack's own commands
                shimmed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **command.environ, reaper.MARK: self._mark},
            )

    def _start_reaper(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own script
            (sys.executable, "-I", "-S", reaper.__file__, self._mark),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k != reaper.MARK},
        )


class Child:
    """A process that is started again, with back-off, whenever it ends without being asked to."""

    def __init__(self, command: Command, warden: Warden, journal: Journal) -> None:
        """Nothing runs before `start`."""
        self.command = command
        self._warden = warden
        self._journal = journal
        self._state = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._unwanted = threading.Event()
        self._exits = 0
        self._exit_code: int | None = None

    @property
    def name(self) -> str:
        """Give the part's name."""
        return self.command.name

    @property
    def pid(self) -> int | None:
        """Give the process id, None while nothing runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    @property
    def exits(self) -> int:
        """Count how often the process ended unasked since `start`."""
        return self._exits

    def start(self) -> None:
        """Start the process and watch it."""
        if self._watcher and self._watcher.is_alive():
            return
        self._unwanted.clear()
        self._exits = 0
        _rotate(self.command.log_file)
        self._spawn()
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{self.name}", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Ask the process to end, and end it when it does not; it is not started again."""
        self._end(signal.SIGTERM, self.command.stop_seconds)

    def restart(self) -> int | None:
        """Let the process leave in good order, start it again, and give its former exit code."""
        self._end(signal.SIGTERM, self.command.restart_seconds)
        code = self._exit_code
        self.start()
        return code

    def halt(self) -> None:
        """Kill the process for good, as if its machine were lost; `start` brings it back."""
        self._end(signal.SIGKILL, self.command.stop_seconds)

    def kill(self) -> None:
        """Send SIGKILL and return once the process is gone; supervision starts it again."""
        before = self._exits
        if self.pid is not None:
            self._signal(signal.SIGKILL)
            wait_until(lambda: self._exits > before, deadline_seconds=KILL_SECONDS, what="the kill")

    def pause(self) -> None:
        """Freeze the process with all its children."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on."""
        self._signal(signal.SIGCONT)

    def _end(self, how: signal.Signals, within_seconds: float) -> None:
        self._unwanted.set()
        watcher = self._watcher
        if watcher is None:
            return
        self._signal(how)
        # A paused process would not even see the SIGTERM.
        self._signal(signal.SIGCONT)
        watcher.join(within_seconds)
        if watcher.is_alive():
            self._signal(signal.SIGKILL)
            watcher.join(KILL_SECONDS)
        self._watcher = None

    def _signal(self, what: signal.Signals) -> None:
        with self._state:
            if self.pid is not None:
                # Its whole session: a service's own children get the same treatment.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, what)

    def _spawn(self) -> None:
        with self._state:
            # A stop that came during the back-off must win.
            if not self._unwanted.is_set():
                self._process = self._warden.spawn(self.command)
                self._journal.info("part_started", part=self.name, pid=self._process.pid)

    def _watch(self) -> None:
        failures = 0
        while not self._unwanted.is_set() and self._process:
            began = time.monotonic()
            code = self._await_exit(self._process)
            lasted = time.monotonic() - began
            asked = self._unwanted.is_set()
            self._exit_code = code
            self._journal.info(
                "part_ended", part=self.name, exit_code=code, asked=asked, seconds=round(lasted, 1)
            )
            if asked:
                return
            self._exits += 1
            failures = 0 if lasted >= STABLE_SECONDS else failures + 1
            if failures > RESTARTS_MAX:
                self._journal.info("part_given_up", part=self.name, restarts=RESTARTS_MAX)
                return
            self._unwanted.wait(backoff_seconds(failures))
            self._spawn()

    def _await_exit(self, process: subprocess.Popen[bytes]) -> int:
        # Look without reaping: as long as the leader is a zombie, nobody else can get its
        # number, so what is left of its group can be killed safely.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._state:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


def backoff_seconds(failures: int) -> float:
    """Give the pause before a restart: doubled with each failure in a row, up to a limit."""
    return float(min(BACKOFF_FIRST_SECONDS * 2 ** max(failures - 1, 0), BACKOFF_MAX_SECONDS))


def _rotate(log_file: Path) -> None:
    """Keep one older log; a child writes to its own descriptor, so only a start can rotate."""
    if log_file.exists() and log_file.stat().st_size > LOG_BYTES_MAX:
        log_file.replace(log_file.with_suffix(".log.1"))
