"""Facts and parameters of rules as people read them: 7000 bp is 70.00%, fen are money."""

import re
from typing import Final

from services.console.domain import figures
from services.console.domain.figures import MoneyUnit
from services.console.domain.texts import Texts

MEASURED: Final = re.compile(r"(-?\d+) ([a-z]+)")
DIFFERENCES: Final = frozenset({"deviation_points_bp", "money_ahead_bp"})
"""Differences of two rates: points, not per cent."""
RATIOS: Final = frozenset({"cpi_bp", "spi_bp", "spi_t_bp"})
"""Indices that are read as a number around one."""
WORDS: Final = {
    "attainment_light": "light",
    "behaviour": "behaviour",
    "channel": "channel",
    "account": "account",
    "control_mode": "control_mode",
    "direction": "direction",
    "execution_light": "light",
    "expected_basis": "basis",
    "finding.kind": "finding",
    "finding.nature": "nature",
    "indicator.state": "state",
    "light": "light",
    "possibility": "possibility",
    "project_class": "project_class",
    "quadrant": "quadrant",
    "state": "project_state",
    "trend": "trend",
}
"""Texts of the codes that a fact may hold, by its name or the last part of it."""
TRUTH: Final = ("true", "false")


def fact(name: str, value: str, unit: MoneyUnit, texts: Texts) -> str:
    """Write a fact's value; what is no figure and no known code is shown as it is."""
    last = name.rpartition(".")[2]
    found = MEASURED.fullmatch(value)
    if found is not None:
        return measured(last, int(found[1]), found[2], unit, texts)
    if value in TRUTH:
        return texts.of("truth", value)
    group = WORDS.get(name) or WORDS.get(last)
    return texts.of(group, value) if group and value else value or figures.ABSENT


def measured(name: str, size: int, measure: str, unit: MoneyUnit, texts: Texts) -> str:
    """Write a number in the measure it came in."""
    if measure == "fen":
        amount = figures.hundredths(figures.rounded(size * 100, figures.FEN_PER[unit]))
        return f"{amount} {texts(f'unit.{unit}')}"
    if measure == "bp" and name in RATIOS:
        return figures.ratio(size)
    if measure == "bp" and name in DIFFERENCES:
        return f"{figures.points(size)} {texts('fact_unit.points')}"
    if measure == "bp":
        return figures.percent(size)
    group = "fact_unit_one" if size == 1 else "fact_unit"
    return f"{figures.number(size)} {texts.of(group, measure)}"


def parameter(value: object, measure: str | None, unit: MoneyUnit, texts: Texts) -> str:
    """Write a rule's parameter."""
    if isinstance(value, bool):
        return texts.of("truth", str(value).lower())
    if isinstance(value, int) and measure:
        return measured("", value, measure, unit, texts)
    return f"{value} {measure}" if measure else str(value)
