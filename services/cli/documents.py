"""JSON that somebody wrote to a file, or to standard input."""

import json
import sys
from pathlib import Path
from typing import Any, Final

from services.cli.errors import CliError, ExitCode

BYTES_MAX: Final = 1_000_000
STDIN: Final = "-"


def read_json(file: Path) -> Any:
    """Read it; an error that says where it is no JSON."""
    try:
        if str(file) == STDIN:
            content = sys.stdin.buffer.read(BYTES_MAX + 1)
        else:
            with file.open("rb") as stream:
                content = stream.read(BYTES_MAX + 1)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    if len(content) > BYTES_MAX:
        message = f"{file} has more than {BYTES_MAX:,} bytes"
        raise CliError(message, ExitCode.USAGE)
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        message = f"{file} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise CliError(message, ExitCode.USAGE) from error
    except UnicodeDecodeError as error:
        message = f"{file} is not UTF-8: byte {error.start}"
        raise CliError(message, ExitCode.USAGE) from error
