"""`dualwatch up` as scripts and people use it: one line when ready, nothing left afterwards."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration
COMMAND = str(Path(__file__).with_name("up_command.py"))
ROOT = Path(__file__).parents[3]
SERVICES = ["intake", "analysis", "alerts", "reporting", "console"]
FIELDS = [*SERVICES, "kafka", "mongo", "key", "data_dir"]
STOP_SECONDS_MAX = 10.0
# Two Pythons of the dummy service, the reaper, the JVM and mongod.
CHILDREN = 5


def start(*options: str) -> "subprocess.Popen[str]":
    """Start the command."""
    return subprocess.Popen(  # noqa: S603 - our own command
        (sys.executable, COMMAND, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def outcome(*options: str) -> tuple[int, str]:
    """Run the command to its end; give its exit code and what it said."""
    process = start(*options)
    _, said = process.communicate(timeout=30)
    return process.returncode, said


@contextmanager
def running(data_dir: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run the command until it says that it is ready; give it and the line."""
    ports = ("--ports-from", str(free_ports_from()))
    process = start("--data-dir", str(data_dir), "--json", "--quiet", *ports, *options)
    try:
        assert process.stdout
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def descendants(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """List everything that the command has started, directly or not."""
    return psutil.Process(process.pid).children(recursive=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """List those that still run; a zombie waits only for init."""
    return [
        process
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def test_sigterm_ends_everything_in_time(tmp_path: Path) -> None:
    """One line of JSON when ready; exit code 0; no child left, not even one that hides."""
    with running(tmp_path / "data") as (process, line):
        started = descendants(process)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=2 * STOP_SECONDS_MAX)
        seconds = time.monotonic() - began

    assert list(json.loads(line)) == FIELDS
    assert out == ""
    assert process.returncode == 0
    assert seconds < STOP_SECONDS_MAX
    assert len(started) == CHILDREN
    assert alive(started) == []


def test_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    """SIGKILL leaves the command no time for anything, and still nothing is left."""
    with running(tmp_path / "data") as (process, _):
        started = descendants(process)
        process.kill()

        assert len(started) == CHILDREN
        assert eventually(lambda: not alive(started), deadline_seconds=5)


@pytest.mark.long
def test_a_demonstration_can_end_by_itself(tmp_path: Path) -> None:
    """--demo --once publishes, stops and exits with 0."""
    with running(tmp_path / "data", "--demo", "--once", "--out", "here") as (process, _):
        _, said = process.communicate(timeout=30)

    assert "demonstrated once=True out=here" in said
    assert process.returncode == 0


def test_a_signal_during_the_start_is_a_clean_stop(tmp_path: Path) -> None:
    """Ctrl-C need not wait until everything is up."""
    process = start("--data-dir", str(tmp_path / "data"), "--ports-from", str(free_ports_from()))
    assert eventually((tmp_path / "data" / "logs" / "mongo.log").exists)
    started = descendants(process)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=STOP_SECONDS_MAX)

    assert process.returncode == 0
    assert alive(started) == []


def test_each_kind_of_failure_has_its_exit_code(tmp_path: Path) -> None:
    """2 for wrong usage and for a foreign directory, 3 for a taken port."""
    first = free_ports_from()
    (tmp_path / "thesis.txt").touch()
    ports = ("--ports-from", str(first))

    with socket.create_server(("127.0.0.1", first)):
        outcomes = [
            outcome("--once"),
            outcome("--data-dir", str(tmp_path), "--reset", *ports),
            outcome("--data-dir", str(tmp_path / "data"), *ports),
        ]

    assert [code for code, _ in outcomes] == [2, 2, 3]
    assert f"{first} (kafka)" in outcomes[2][1]
    assert (tmp_path / "thesis.txt").exists()
