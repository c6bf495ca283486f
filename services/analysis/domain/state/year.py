"""One project in one fiscal year: the facts of both monitors."""

import msgspec

from services.analysis.domain.state.money import Line, PlanVersion
from services.analysis.domain.state.payments import Payments
from services.analysis.domain.state.targets import Goal, Indicator
from services.analysis.domain.state.work import Work


class ProjectYear(msgspec.Struct, array_like=True, gc=False):
    """One project in one fiscal year: both monitors' facts."""

    project: str
    """Subject: `<jurisdiction>/<project code>`."""
    fiscal_year: int
    """Named by the calendar year in which it begins."""
    sequence: int = 0
    """Last entry of this year folded."""
    position: int = 0
    """Its ledger position."""
    lines: dict[str, Line] = {}
    """By line id; NO_LINE holds money that names none."""
    plans: list[PlanVersion] = []
    """At most one per plan id and day."""
    indicators: dict[str, Indicator] = {}
    """By indicator id."""
    goals: list[Goal] = []
    """At most one per day."""
    work: Work = msgspec.field(default_factory=Work)
    """Milestones, checks, problems and what else is watched beside the two monitors."""
    payments: Payments = msgspec.field(default_factory=Payments)
    """What suspicions are made of."""
    corrected: dict[int, list[str | None]] = {}
    """Sequence of a corrected entry → line, unit, account and class codes as the last correction
    left them; null: as stated."""
    late_facts: dict[int, int] = {}
    """Ordinal of a business date → facts of the year that came after that day had ended."""
    after_closings: dict[int, int] = {}
    """Ledger position of a closing of the year → ordinal of the earliest business date of the facts
    of the year that came after it and before the next one; of the latest so many closings."""
    publisher: str = ""
    """Who stated the last payment of the year."""
    objective_cuts: list[int] = []
    """Ordinals of the days of cuts on objective grounds, ascending (Art. 14(1))."""
    grown: int = 0
    """Bytes of its entries since its size was looked at last (`size.py`)."""
    full: bool = False
    """Whether it takes nothing in any more."""
    left_out: int = 0
    """Entries that came after it was full: they are in no figure."""
    left_out_from: int = 0
    """Sequence of the first of them; 0: there is none."""
    left_out_upto: int = 0
    """Ledger position of the last of them."""
