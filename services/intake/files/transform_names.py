"""The names of transforms: what `as` can be in a mapping file."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

TRANSFORMS: Final = (
    "text",
    "name",
    "code",
    "date",
    "year",
    "month",
    "amount",
    "absolute_amount",
    "integer",
    "decimal",
    "rate",
    "fraction",
    "boolean",
    "person",
    "digits",
)
"""What `as` can be; besides first_digits(n)."""
_FIRST_DIGITS: Final = re.compile(r"first_digits\(([1-9][0-9]?)\)")


def _transform(name: str) -> str:
    if name in TRANSFORMS or _FIRST_DIGITS.fullmatch(name):
        return name
    msg = f"there is no transform {name}; there are {', '.join(TRANSFORMS)}, first_digits(n)"
    raise ValueError(msg)


def digits_kept(transform: str) -> int | None:
    """Return n of first_digits(n); None for any other transform."""
    found = _FIRST_DIGITS.fullmatch(transform)
    return int(found[1]) if found else None


Transform = Annotated[str, AfterValidator(_transform)]
