"""What alerts judges: an alert's life as its feed tells it.

Raised, updated and cleared by data; everything else by people, by time or by what mutes it. Every
event tells the alert as it stands after it, and what happened in `detail`.
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from contracts.envelope import Data, Part
from contracts.events.alert_terms import Escalation, MeasureDue, Reminder
from contracts.events.evidence import EvidenceFiles
from contracts.vocabulary import (
    Aspect,
    BusinessDate,
    CauseArea,
    ClosingGround,
    Code,
    FiscalYear,
    Identifier,
    MuteGround,
    Name,
    ReasonType,
    ReviewOutcome,
    Severity,
    Text,
)

FACTS_MAX = 40
MEASURES_MAX = 20
"""Most corrective measures of one alert."""


class MeasuredFact(Part):
    """One figure the rule looked at, as a person reads it."""

    name: Code
    """Name in the rule language."""
    value: Text
    """Value with its unit (fen, bp)."""


class AlertState(StrEnum):
    """Whether an alert still stands, and if not, how it ended."""

    OPEN = "open"
    """The data show the deviation."""
    CLEARED = "cleared"
    """The data no longer show it."""
    CLOSED = "closed"
    """A person closed it."""
    YEAR_CLOSED = "year_closed"
    """Its fiscal year was closed while it was open (domain-rules 5)."""


class AlertFact(Data):
    """What every event of an alert tells.

    `date` is the as-of date of the assessment that brought it about; the last day opened, if a
    person or the day did.
    """

    alert: Identifier
    """Alert id, derived from rule, scope, subject, fiscal year and occurrence."""
    rule: Code
    """Rule id."""
    pack: Code
    """Pack the rule is from."""
    pack_version: Code
    """Version of that pack."""
    scope: Code
    """What the rule looks at: project, indicator, finding, line, unit, department."""
    scope_subject: Identifier
    """What within the project it is about (indicator id …); the project itself else."""
    fiscal_year: FiscalYear
    """Year concerned."""
    severity: Severity
    """Present severity."""
    aspect: Aspect
    """Timeliness, compliance, effectiveness (Art. 10)."""
    article: Code
    """Article the rule rests on."""
    title_zh: Name
    """Title in Chinese."""
    title_en: Name
    """Title in English."""
    facts: Annotated[tuple[MeasuredFact, ...], Field(max_length=FACTS_MAX)] = ()
    """The figures that made it so."""
    department: Identifier | None = None
    """Competent department."""
    lead_unit: Identifier | None = None
    """Unit concerned."""
    cursor: int
    """Gapless number in the jurisdiction's feed."""


class AlertRaised(AlertFact):
    """A deviation was found."""

    TYPE: ClassVar[str] = "alert.raised"


class AlertUpdated(AlertFact):
    """Severity of an open alert changed."""

    TYPE: ClassVar[str] = "alert.updated"


class AlertCleared(AlertFact):
    """The data no longer show the deviation."""

    TYPE: ClassVar[str] = "alert.cleared"


class AlertStep(AlertFact):
    """What every event adds that is not of the data alone: how the alert stands after it."""

    version: Annotated[int, Field(ge=1)]
    """Number of this change within the alert, from 1."""
    state: AlertState
    """As it is after this."""
    muted: MuteGround | None = None
    """Why nobody is notified of it; null: subscribers are."""
    by: Identifier | None = None
    """Principal who did it; null: the data or the day did."""


class Regression(Part):
    """An alert of the same rule and subject that had ended before."""

    alert: Identifier
    """Its id."""
    ended_on: BusinessDate
    """As-of date on which it ended."""
    ended_as: AlertState
    """How."""


class Note(Part):
    """What somebody says of it."""

    note: Text = ""
    """In words."""


class Assignment(Part):
    """Whose work it is."""

    assignee: Identifier | None
    """Principal who is to work on it; null: nobody any more."""
    note: Text = ""
    """In words."""


class Explanation(Part):
    """Why it deviates 偏差原因 (Art. 12(2); domain-rules 18, 20): both schemes of causes."""

    areas: Annotated[tuple[CauseArea, ...], Field(max_length=len(CauseArea))] = ()
    """The form's five areas; each once."""
    reason: ReasonType
    """Kind of reason."""
    objective: bool
    """Whether on objective grounds (Art. 14(1))."""
    text: Annotated[Text, Field(min_length=1)]
    """原因说明."""
    evidence: EvidenceFiles = ()
    """What proves it."""


class MeasurePlanned(Part):
    """A corrective measure 整改措施 that is planned."""

    measure: Identifier
    """Its number within the alert; the same again replaces what was planned."""
    text: Annotated[Text, Field(min_length=1)]
    """What will be done."""
    owner: Identifier
    """Who will do it: principal or organisation."""
    due: BusinessDate
    """Until when."""


class MeasureTaken(Part):
    """A planned measure was carried out."""

    measure: Identifier
    """Its number within the alert."""
    taken_on: BusinessDate
    """When."""
    note: Text = ""
    """What was done."""
    evidence: EvidenceFiles = ()
    """What proves it."""


def _ground_is_written(schema: dict[str, Any]) -> None:
    """Keep the released schema: the ground is always written, though readers do without."""
    schema["required"] = ["ground"]
    del schema["properties"]["ground"]["default"]


class Mute(Part):
    """Why nobody is notified, or that one is again."""

    model_config = ConfigDict(json_schema_extra=_ground_is_written)

    ground: MuteGround | None = None
    """Null: notified again."""
    suppression: Identifier | None = None
    """The suppression that does it."""
    inhibited_by: Identifier | None = None
    """The alert that says it already."""
    until: BusinessDate | None = None
    """Last day of the suppression."""

    @model_serializer(mode="wrap")
    def _with_its_ground(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write the ground also where it is null: events leave out what is null else."""
        found: dict[str, Any] = write(self)
        return {"ground": None, **found}


class Review(Part):
    """What a reviewer says (Art. 15)."""

    outcome: ReviewOutcome
    """Accepted or returned."""
    note: Text = ""
    """Reasons; demanded where it is returned."""


class Closing(Part):
    """Why a person closes it."""

    ground: ClosingGround
    """Ground."""
    note: Annotated[Text, Field(min_length=1)]
    """In words."""


class Urging(Part):
    """催办: the bureau or the department urges (Art. 15; domain-rules 23)."""

    note: Text = ""
    """In words."""


class AlertRegressed(AlertStep):
    """It is one that had ended before: told right after it is raised again."""

    TYPE: ClassVar[str] = "alert.regressed"

    detail: Regression
    """What it was before."""


class AlertAcknowledged(AlertStep):
    """Somebody has seen it: no reminders of its kind until it changes for the worse or ends."""

    TYPE: ClassVar[str] = "alert.acknowledged"

    detail: Note
    """The words."""


class AlertAssigned(AlertStep):
    """Somebody is to work on it."""

    TYPE: ClassVar[str] = "alert.assigned"

    detail: Assignment
    """To whom."""


class AlertCommented(AlertStep):
    """Somebody said something."""

    TYPE: ClassVar[str] = "alert.commented"

    detail: Note
    """The words."""


class AlertExplained(AlertStep):
    """The deviation is explained; a later explanation replaces it."""

    TYPE: ClassVar[str] = "alert.explained"

    detail: Explanation
    """The explanation."""


class AlertMeasurePlanned(AlertStep):
    """A corrective measure is planned."""

    TYPE: ClassVar[str] = "alert.measure_planned"

    detail: MeasurePlanned
    """The measure."""


class AlertMeasureTaken(AlertStep):
    """A corrective measure was carried out."""

    TYPE: ClassVar[str] = "alert.measure_taken"

    detail: MeasureTaken
    """What was carried out."""


class AlertMeasureDue(AlertStep):
    """A planned measure's last day has come, or it is late."""

    TYPE: ClassVar[str] = "alert.measure_due"

    detail: MeasureDue
    """Which, and how late it is."""


class AlertReminded(AlertStep):
    """Its term comes near, or is over."""

    TYPE: ClassVar[str] = "alert.reminded"

    detail: Reminder
    """How near the term is."""


class AlertEscalated(AlertStep):
    """It was not answered in time and is the next level's matter."""

    TYPE: ClassVar[str] = "alert.escalated"

    detail: Escalation
    """The level."""


class AlertMuted(AlertStep):
    """Nobody is notified of it, or one is again."""

    TYPE: ClassVar[str] = "alert.muted"

    detail: Mute
    """The ground."""


class AlertUrged(AlertStep):
    """It is urged."""

    TYPE: ClassVar[str] = "alert.urged"

    detail: Urging
    """The words."""


class AlertReviewed(AlertStep):
    """Explanation and measures were reviewed."""

    TYPE: ClassVar[str] = "alert.reviewed"

    detail: Review
    """What was said."""


class AlertClosed(AlertStep):
    """A person closed it; the same deviation raises a new one once the data were clear of it."""

    TYPE: ClassVar[str] = "alert.closed"

    detail: Closing
    """The ground."""


class AlertYearClosed(AlertStep):
    """Its year was closed; measures not carried out move on (domain-rules 5)."""

    TYPE: ClassVar[str] = "alert.year_closed"


ALERT_EVENTS: tuple[type[AlertFact], ...] = (
    AlertRaised,
    AlertUpdated,
    AlertCleared,
    AlertRegressed,
    AlertAcknowledged,
    AlertAssigned,
    AlertCommented,
    AlertExplained,
    AlertMeasurePlanned,
    AlertMeasureTaken,
    AlertMeasureDue,
    AlertReminded,
    AlertEscalated,
    AlertMuted,
    AlertUrged,
    AlertReviewed,
    AlertClosed,
    AlertYearClosed,
)
"""What the topic `alerts` carries."""
