"""Secrets from files: each secret setting NAME has a twin NAME_FILE."""

from pathlib import Path
from typing import Any, Final

SECRET_LENGTH_MAX: Final = 4_096
"""Characters of the longest secret in a file."""


def from_file(given: Any, name: str) -> Any:
    """Put what the file `<name>_file` holds in the place of `name`, before anything is checked.

    ValueError if both are given, or if the file cannot be read; it tells the file, never the
    secret.
    """
    file = given.get(f"{name}_file") if isinstance(given, dict) else None
    if not file:
        return given
    upper = name.upper()
    if given.get(name):
        msg = f"give {upper} or {upper}_FILE, not both"
        raise ValueError(msg)
    return {**given, name: read_secret(upper, str(file))}


def read_secret(name: str, file: str) -> str:
    """Read a file that holds a secret and nothing else; ValueError says why it cannot be."""
    try:
        found = read_file(file)
    except TooLongError as error:
        msg = f"{name}_FILE {file} {error}"
        raise ValueError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{name}_FILE {file} cannot be read: {type(error).__name__}"
        raise ValueError(msg) from error
    if not found:
        msg = f"{name}_FILE {file} is empty"
        raise ValueError(msg)
    return found


class TooLongError(ValueError):
    """What a file holds is no secret of ours: a part of it would open nothing."""

    def __init__(self) -> None:
        """Say the bound."""
        super().__init__(f"is longer than {SECRET_LENGTH_MAX} characters")


def read_file(file: str) -> str:
    """Read what a file holds, without blanks and line breaks around it; TooLongError."""
    with Path(file).open(encoding="utf-8") as opened:
        found = opened.read(SECRET_LENGTH_MAX + 1)
    if len(found) > SECRET_LENGTH_MAX:
        raise TooLongError
    return found.strip()
