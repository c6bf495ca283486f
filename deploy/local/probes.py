"""How the stack finds out whether a part is ready, and why it is not."""

import http.client
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import structlog

from deploy.local.errors import MissingPrerequisiteError, NotReadyError
from deploy.local.ports import LOOPBACK, PROBE_ADDRESS
from deploy.local.process import Journal

PROBE_SECONDS = 2.0
LOG_LINES_SHOWN = 12
LOG_BYTES_SHOWN = 16 * 1024


def is_ready(port: int) -> bool:
    """Tell whether the service on the port says that it is ready."""
    # From another loopback address: on a port that the kernel also hands out to clients, a probe
    # from our own could be connected to itself, and the service would find its port taken.
    connection = http.client.HTTPConnection(
        LOOPBACK, port, timeout=PROBE_SECONDS, source_address=(PROBE_ADDRESS, 0)
    )
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def explained(error: NotReadyError, log_file: Path) -> NotReadyError | MissingPrerequisiteError:
    """Add the end of the part's log, where the reason usually stands."""
    lines = _last_lines(log_file)
    text = f"{error}. The end of {log_file}:\n" + "\n".join(f"  {line}" for line in lines)
    if any("error while loading shared libraries" in line for line in lines):
        return MissingPrerequisiteError(f"this machine lacks a system library. {text}")
    return NotReadyError(text)


def _last_lines(log_file: Path) -> Sequence[str]:
    if not log_file.exists():
        return ()
    with log_file.open("rb") as stream:
        stream.seek(max(0, log_file.stat().st_size - LOG_BYTES_SHOWN))
        return stream.read().decode(errors="replace").splitlines()[-LOG_LINES_SHOWN:]


def open_journal(stream: TextIO) -> Journal:
    """Write the stack's own log in the form of the services' logs."""
    journal: Journal = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        # Not what a process has configured for itself: that asks a standard logger for its level.
        wrapper_class=structlog.BoundLogger,
        service="stack",
    )
    return journal
