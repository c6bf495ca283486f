"""A rule's parameters as people type them to try others: per cent and yuan, not bp and fen."""

import re
from typing import Final

HUNDREDTHS: Final = frozenset({"bp", "fen"})
"""Units of which people write the hundredfold: 2000 bp are 20 per cent, 2000 fen 20 yuan."""
_TYPED: Final = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,2}))?", re.ASCII)


def typed(value: bool | int | str, unit: str) -> str:  # noqa: FBT001 - a parameter's own value
    """Write a value for a form's field."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and unit in HUNDREDTHS:
        whole, rest = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{whole}.{rest:02d}".removesuffix(".00")
    return str(value)


def is_amiss(text: str, unit: str) -> bool:
    """Whether what was typed cannot be the number that such a field is for."""
    return unit in HUNDREDTHS and not _TYPED.fullmatch(text.strip())


def stated(text: str, unit: str) -> str:
    """Write what was typed as alerts has it; what is no such number as it was typed."""
    found = _TYPED.fullmatch(text.strip()) if unit in HUNDREDTHS else None
    if found is None:
        return text.strip()
    sign, whole, rest = found.groups(default="")
    return f"{sign}{int(whole + rest.ljust(2, '0'))}"
