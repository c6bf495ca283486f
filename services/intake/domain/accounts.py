"""Local accounts: what may be a password.

Pure. Length is what counts against guessing; rules about kinds of signs only make people write
their passwords down (NIST SP 800-63B 3.1.1).
"""

import unicodedata
from enum import StrEnum
from typing import Final

PASSWORD_LENGTH_MIN: Final = 10
"""Signs: with ten tries in a quarter of an hour that is far beyond guessing."""
PASSWORD_LENGTH_MAX: Final = 200
"""Signs: a sentence fits; more would only be work for us."""
NAME_LENGTH_MIN: Final = 3
"""Shorter names stand in many a word: a password may hold them."""
DIFFERENT_MIN: Final = 5
"""Different signs that a password has at least."""
_RUNS: Final = ("0123456789" * 2, "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


class Weakness(StrEnum):
    """Why something may not be a password."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    """It holds signs that nobody can type again."""
    NAMES_ITSELF = "names_itself"
    """It holds the name that one signs in with."""
    TOO_SIMPLE = "too_simple"
    """Few different signs, or a row of the keyboard."""


def normal(password: str) -> str:
    """Write a password in one form: keyboards and systems give the same signs in several."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, name: str) -> Weakness | None:
    """Tell why something may not be the password of somebody; None if it may."""
    given = normal(password)
    plain = given.casefold()
    found = {
        Weakness.TOO_SHORT: len(given) < PASSWORD_LENGTH_MIN,
        Weakness.TOO_LONG: len(given) > PASSWORD_LENGTH_MAX,
        Weakness.UNPRINTABLE: not given.isprintable(),
        Weakness.NAMES_ITSELF: len(name) >= NAME_LENGTH_MIN and name.casefold() in plain,
        Weakness.TOO_SIMPLE: len(set(plain)) < DIFFERENT_MIN
        or any(plain in run or plain in run[::-1] for run in _RUNS),
    }
    return next((weak for weak, is_so in found.items() if is_so), None)
