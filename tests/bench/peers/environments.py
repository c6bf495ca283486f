"""Each peer's own environment, made when it is first asked for: never a part of ours.

A folder with `requirements.txt` gets a virtual environment of exactly those versions, made with uv
where ours has it, else with venv and pip. Kafka Streams gets the jars that its lock names, fetched
and verified as Kafka's own are, and is compiled by Eclipse's compiler, a jar among them, on the
JVM that runs Kafka: no Java, no javac and no Maven are needed on the machine.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final
from unittest import mock

from deploy.local import jars
from deploy.local.kafka import java

HERE: Final = Path(__file__).parent
SHARED: Final = HERE / "shared"
SECONDS_MAX: Final = 600.0
JARS: Final = HERE / "kafka_streams" / "jars.lock.toml"
ROOTS: Final = (
    "org.apache.kafka:kafka-streams:4.4.0",
    "org.slf4j:slf4j-simple:1.7.36",
    "org.eclipse.jdt:ecj:3.46.100",
)
SOURCE: Final = HERE / "kafka_streams" / "Peer.java"
COMPILER: Final = "org.eclipse.jdt.internal.compiler.batch.Main"
SAID_LINES: Final = 5


class UnmadeError(Exception):
    """An environment could not be made; the message says why."""


def python(name: str, cache: Path) -> Path:
    """Give the interpreter of a peer's environment."""
    wanted = HERE / name / "requirements.txt"
    seal = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()
    folder = cache / name
    interpreter, sealed = folder / "bin" / "python", folder / "made"
    if sealed.is_file() and sealed.read_text(encoding="utf-8") == seal:
        return interpreter
    shutil.rmtree(folder, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    uv = _uv()
    if uv:
        _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
        _run(uv, "pip", "install", "--quiet", "--python", str(interpreter), "-r", str(wanted))
    else:
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(interpreter), "-m", "pip", "install", "--quiet", "-r", str(wanted))
    sealed.write_text(seal, encoding="utf-8")
    return interpreter


def classpath(cache: Path) -> str:
    """Give the class path of the Kafka Streams peer, compiled."""
    files = [str(file) for file in _jars(cache / "jars")]
    seal = hashlib.sha256(SOURCE.read_bytes() + JARS.read_bytes()).hexdigest()[:16]
    classes = cache / f"classes-{seal}"
    if not classes.is_dir():
        stage = cache / f"compiling-{os.getpid()}"
        path = os.pathsep.join(files)
        options = ("-17", "-nowarn", "-proc:none", "-d", str(stage), "-cp", path)
        _run(str(java()), "-cp", path, COMPILER, *options, str(SOURCE))
        stage.rename(classes)
    return os.pathsep.join([str(classes), *files])


def _jars(folder: Path) -> list[Path]:
    locked = jars.read_lock(JARS)
    if not jars._complete(folder, locked):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with jars.exclusive(folder.parent / "lock"):
            jars._fetch_into(folder, locked, threading.Event())
    return [folder / jar.filename for jar in locked]


def _uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.is_file() else shutil.which("uv")


def _run(*argv: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            argv, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{Path(argv[0]).name}: {error}"
        raise UnmadeError(message) from error
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-SAID_LINES:]
        message = f"{Path(argv[0]).name} ended with {done.returncode}: {' '.join(told)}"
        raise UnmadeError(message)


def write_lock() -> None:
    """Resolve `ROOTS` anew: `python -m tests.bench.peers.environments`, when they change."""
    with mock.patch.object(jars, "ROOTS", ROOTS):
        jars.write_lock(JARS)
    _, *lines = JARS.read_text(encoding="utf-8").splitlines()
    first = "# Jars of the Kafka Streams peer. Made by `python -m tests.bench.peers.environments`."
    JARS.write_text("\n".join([first, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_lock()
