"""The figures of a form: money at the campaign's cut, what its unit typed at a later one.

All forms of a campaign show money at one cut, so that they add up to what analysis says at it, to
the fen. Results and own funds that a unit types on its form come back through the ledger: those
rows alone are read at the form's own, later cut.
"""

from dataclasses import dataclass

from contracts.events.analysis import AssessmentMade


@dataclass(frozen=True, slots=True)
class Figures:
    """What a form shows of its project."""

    money: AssessmentMade
    """As of the cut-off, at the campaign's cut."""
    cut: str
    results: AssessmentMade | None = None
    """As of the cut-off, at the form's own cut; null while nothing was typed."""
    results_cut: str | None = None

    @property
    def latest(self) -> AssessmentMade:
        """What indicators and own funds are read from."""
        return self.money if self.results is None else self.results
