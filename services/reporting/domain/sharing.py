"""Sharing an amount out to the fen: what is known of a whole, shown by its parts."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from contracts.events.analysis import AssessmentMade, Forecast

NO_ACCOUNT: Final = ""
"""Key of what names no line: spending without budget."""


class Foreseen(NamedTuple):
    """What is foreseen for the year's end of an account, fen."""

    spent: int
    """全年预计执行数."""
    carryover: int
    """预计结转."""
    surplus: int
    """预计结余."""


def shared(total: int, weights: Sequence[int]) -> list[int]:
    """Share a total out by weights ≥ 0; the parts add up to it, to the fen.

    Each gets its share rounded down, and the largest remainders one fen more (first ones on a
    tie); without any weight the first gets all.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole <= 0:
        return [total, *(0 for _ in weights[1:])]
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * weight // whole for weight in weights]
    remainders = [size * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-remainders[place], place))
    for place in order[: size - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]


def foreseen_by_account(assessment: AssessmentMade) -> Mapping[str, Foreseen]:
    """Share a project's forecast out to its accounts; they add up to it, to the fen.

    Analysis foresees a project as a whole. What is still to be spent, carried over or left goes to
    accounts by what is open of their adjusted budget. Empty without a forecast.
    """
    execution, forecast = assessment.execution, assessment.execution.forecast
    if forecast is None:
        return {}
    spent: dict[str, int] = {}
    opened: dict[str, int] = {}
    for line in execution.lines:
        key = line.account.value
        spent[key] = spent.get(key, 0) + line.money.spent
        opened[key] = opened.get(key, 0) + max(line.money.balance, 0)
    rest = execution.money.spent - sum(spent.values())
    if rest or not spent:
        spent[NO_ACCOUNT], opened[NO_ACCOUNT] = rest, 0
    return _by_key(forecast, execution.money.spent, spent, opened)


def _by_key(
    forecast: Forecast, so_far: int, spent: Mapping[str, int], opened: Mapping[str, int]
) -> dict[str, Foreseen]:
    keys = list(spent)
    weights = [opened[key] for key in keys]
    further = shared(forecast.point - so_far, weights)
    carryover = shared(forecast.carryover, weights)
    surplus = shared(forecast.surplus, weights)
    return {
        key: Foreseen(spent[key] + further[n], carryover[n], surplus[n])
        for n, key in enumerate(keys)
    }
