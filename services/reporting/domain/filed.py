"""A form of a campaign as reports add it up: what was handed in, else how it stands."""

import datetime as dt
from dataclasses import dataclass

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import PaperState
from services.reporting.domain.declaration import Declaration, FieldFault
from services.reporting.domain.form import MonitoringForm
from services.reporting.domain.paper import Paper


@dataclass(frozen=True, slots=True)
class Filed:
    """One project's form in a campaign.

    Money is read from the assessment at the campaign's cut: every form shows it, and a form says
    nothing of functional classes. What people declared is read from the form.
    """

    paper: str
    project: str
    unit: str | None
    """Unit that fills it in."""
    department: str | None
    """Its competent department."""
    form: MonitoringForm
    """The frozen edition that counts (`Paper.counted`), or the draft as it stands."""
    money: AssessmentMade
    """As of the cut-off, at the campaign's cut; what its unit typed as on that form."""
    frozen: bool
    """Whether `form` was handed in."""
    state: PaperState
    edition: int
    """Number of that edition; 0: the draft."""
    due: dt.date
    submitted_on: dt.date | None = None
    """When the first edition that was not withdrawn was handed in."""
    corrected: bool = False
    """Whether it was handed in again after a return."""
    returned: bool = False
    """Whether it was returned and is not yet handed in again."""
    accepted: bool = False
    """Whether the bureau has accepted that edition; a correction of it may be on its way."""

    @property
    def late(self) -> bool:
        """Whether it was handed in after its due date."""
        return self.submitted_on is not None and self.submitted_on > self.due

    @property
    def timely(self) -> bool:
        """Whether it was handed in by its due date."""
        return self.submitted_on is not None and self.submitted_on <= self.due

    @property
    def with_targets(self) -> bool:
        """Whether the project has approved targets of the year."""
        return bool(self.money.attainment.indicators)


def declared(paper: Paper) -> Declaration:
    """Read a paper's draft; one that cannot be read yet declares nothing."""
    try:
        return paper.declaration
    except FieldFault:
        return Declaration()
