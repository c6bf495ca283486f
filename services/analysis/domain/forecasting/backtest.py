"""Which method foresaw past years best, and how far it was off (earned-value, "Forecasts").

Every year is forecast by what the *other* years say (`trial`), so error and coverage are measured
on years not used for fitting, and the model that comes out foresees later years alone.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from contracts.vocabulary import ForecastMethod, ProjectClass
from services.analysis.domain.forecasting.past_years import UNFITTED, PastYear
from services.analysis.domain.forecasting.trial import Fitted, Score, Trial, total

CLASS_YEARS_MIN: Final = 20
"""A class of fewer past project years is not told from others."""
YEARS_MIN: Final = 2
"""A method chosen on one year could not be tested on another."""


class Tested(NamedTuple):
    """One line of a backtest."""

    project_class: ProjectClass | None
    """None: projects of any class that has no line of its own."""
    method: ForecastMethod | None
    """None: the one that was best on the other years."""
    fiscal_year: int
    project_years: int
    months: tuple[Score, ...]
    """By completed months, 0 to 11; the first is not counted in tables."""

    @property
    def score(self) -> Score:
        """After one to eleven months together."""
        return total(self.months[1:])


class Chosen(NamedTuple):
    """What a model says of a class."""

    project_class: ProjectClass | None
    fitted: Fitted
    score: Score
    """Of the method, each year forecast by the others."""
    project_years: int


class Backtest(NamedTuple):
    """What past years say of forecasting."""

    years: tuple[int, ...]
    interval_bp: int
    project_years: int
    tested: tuple[Tested, ...]
    chosen: tuple[Chosen, ...]
    """Empty: too few years or project years for a model."""


def backtest(past: Iterable[PastYear], interval_bp: int) -> Backtest:
    """Test every method on every year by what the others say, and choose one for each class.

    A year in which nobody spent anything is left out: its spending is unknown, not nothing (a
    file whose budgets reach further than its payments).
    """
    known = list(past)
    lived = {one.fiscal_year for one in known if one.actual > 0}
    known = [one for one in known if one.fiscal_year in lived]
    years = tuple(sorted({one.fiscal_year for one in known}))
    tested: list[Tested] = []
    chosen: list[Chosen] = []
    for project_class, group, scored in _classes(known, years):
        trial = Trial(group, interval_bp, scored)
        tested += _tested(project_class, trial)
        if len(trial.years) >= YEARS_MIN and len(group) >= CLASS_YEARS_MIN:
            method = trial.best(trial.years)
            fitted = trial.fit(method, trial.years)
            score = trial.out_of_year(method)
            chosen.append(Chosen(project_class, fitted, score, trial.project_years))
    return Backtest(years, interval_bp, len(known), tuple(tested), tuple(chosen))


def _tested(project_class: ProjectClass | None, trial: Trial) -> list[Tested]:
    """Test every method, and the choice of one, on every year."""
    found = []
    for year in sorted(trial.scored):
        others = trial.years - {year}
        methods: list[ForecastMethod | None] = [*ForecastMethod, None] if others else [*UNFITTED]
        for method in methods:
            months = trial.months(method or trial.best(others), others, year)
            count = len(trial.scored[year])
            found.append(Tested(project_class, method, year, count, months))
    return found


def _classes(
    past: Sequence[PastYear], years: Sequence[int]
) -> list[tuple[ProjectClass | None, list[PastYear], list[PastYear]]]:
    """Put project years into classes, each with those it is to foresee; small ones under None.

    If these are too few by themselves, all project years of whatever class stand for them.
    """
    found: list[tuple[ProjectClass | None, list[PastYear], list[PastYear]]] = []
    rest = [one for one in past if one.project_class is None]
    for project_class in ProjectClass:
        group = [one for one in past if one.project_class is project_class]
        if _enough(group, years):
            found.append((project_class, group, group))
        else:
            rest += group
    if rest:
        found.append((None, rest if _enough(rest, years) else list(past), rest))
    return found


def _enough(group: Sequence[PastYear], years: Sequence[int]) -> bool:
    spread = len({one.fiscal_year for one in group})
    return len(group) >= CLASS_YEARS_MIN and spread >= min(YEARS_MIN, len(years))
