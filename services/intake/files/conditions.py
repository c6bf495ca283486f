"""Tests of one cell: the leaves of a mapping's conditions."""

from collections.abc import Callable

from services.intake.files.expressions import Condition
from services.intake.files.names import WORD_LENGTH_MAX, pattern_of, word_of
from services.intake.files.outcomes import CellFaultError
from services.intake.files.transforms import read_decimal


def cell_test(condition: Condition) -> Callable[[str], bool]:
    """Make the test of a condition that names a column."""
    if condition.empty or condition.not_empty:
        wanted = bool(condition.not_empty)
        return lambda text: bool(text) is wanted
    if condition.negative is not None:
        negative = condition.negative
        return lambda text: _is_negative(text) is negative
    if condition.matches is not None:
        given = condition.matches
        patterns = [pattern_of(one) for one in ((given,) if isinstance(given, str) else given)]
        return lambda text: any(one.match(_word(text)) for one in patterns)
    inside = condition.in_ is not None
    known = frozenset(word_of(one) for one in condition.in_ or condition.not_in or ())
    return lambda text: (_word(text) in known) is inside


def _word(text: str) -> str:
    return word_of(text[:WORD_LENGTH_MAX])


def _is_negative(text: str) -> bool:
    try:
        found = read_decimal(text) if text else None
    except CellFaultError:
        return False
    return found is not None and found[0] < 0
