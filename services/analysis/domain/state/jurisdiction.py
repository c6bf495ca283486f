"""A jurisdiction as one partition knows it: its year, its time, and what it measures by.

Days are proleptic ordinals; of versions the latest by (day, sequence) holds.
"""

import datetime as dt
from typing import Final

import msgspec

from contracts.vocabulary import ForecastMethod, OrganisationKind, PriorityListKind, ProjectClass

OPENINGS_MAX: Final = 4_000
"""Opened days remembered with their position: ten years."""
PUBLISHERS_MAX: Final = 1_000
"""Most publishers of one jurisdiction whose silence, and whose vouchers' dates, are noticed."""
VERSIONS_MAX: Final = 400
"""Versions remembered of parameters, standards, models, lists and closings each, and of one
organisation. Those that a later one replaces go first, the oldest of them before the others."""
LISTED_BYTES_MAX: Final = 2 * 1024 * 1024
"""Bytes of all priority lists' project codes together: ten lists of the most and longest codes
in Chinese, some three hundred of five hundred plain ones. The same go first."""
ORGANISATIONS_MAX: Final = 20_000
"""Organisations of one jurisdiction: more are not taken in. The largest cities have some
thousands of budget units."""


class Opening(msgspec.Struct, array_like=True):
    """A day that was opened, and where."""

    day: int
    position: int
    """Ledger position, in this partition, of the entry that opened it."""
    recorded_ms: int = 0


class Closing(msgspec.Struct, array_like=True):
    """A fiscal year closed (domain-rules 5)."""

    fiscal_year: int
    day: int
    sequence: int
    position: int
    """Ledger position in this partition: later facts of the year are not in it."""
    version: int


class Parameters(msgspec.Struct, array_like=True, frozen=True):
    """What measuring goes by; `MonitoringParametersPublished` says what each means."""

    undistributed_judged_from: str | None = None
    awaiting_working_days: int = 20
    class_function_digits: int = 7
    class_government_digits: int = 3
    silent_publisher_days: int | None = None
    overdue_working_days: int = 10
    surplus_after_years: int = 2
    duplicate_from: int = 1_000_000
    split_limit: int = 40_000_000
    round_from: int = 100_000_000
    round_to: int = 10_000_000
    rush_share_bp: int = 3_000
    monitoring_cut_offs: tuple[str, ...] = ()


class ParametersVersion(msgspec.Struct, array_like=True):
    """Parameters from a day on."""

    day: int
    sequence: int
    parameters: Parameters


class StandardVersion(msgspec.Struct, array_like=True):
    """A class profile or (class null) the assessment table of a year, from a day on."""

    day: int
    sequence: int
    fiscal_year: int
    standard: str
    project_class: ProjectClass | None
    months_bp: tuple[int, ...]


class ClassModel(msgspec.Struct, array_like=True, frozen=True):
    """How one class is foreseen; `ClassForecast` says what each means."""

    project_class: ProjectClass | None
    method: ForecastMethod
    seasonal_bp: tuple[int, ...] | None
    low_bp: tuple[int, ...]
    high_bp: tuple[int, ...]


class ModelVersion(msgspec.Struct, array_like=True):
    """A forecast model from a day on."""

    day: int
    sequence: int
    model: str
    last_year: int
    """The last year it was fitted on: it foresees later ones alone."""
    interval_bp: int
    classes: tuple[ClassModel, ...]


class PriorityVersion(msgspec.Struct, array_like=True):
    """A priority list from a day on (domain-rules 19)."""

    day: int
    sequence: int
    fiscal_year: int
    kind: PriorityListKind
    organisation: str
    """Department whose list it is; empty: the bureau's."""
    projects: list[str]
    """Project codes, sorted."""


class OrganisationVersion(msgspec.Struct, array_like=True):
    """What one fact states of an organisation from a day on (domain-rules 9)."""

    day: int
    sequence: int
    name: str
    """Empty unless it is registered."""
    kind: OrganisationKind | None
    """Null: it is moved or closed, and what is null beside it stays as it was."""
    parent: str | None
    counterpart_division: str | None
    last_day: int | None = None
    """Last day on which it exists, if known."""


class Organisation(msgspec.Struct, array_like=True):
    """An organisation as one partition knows it."""

    jurisdiction: str
    code: str
    versions: list[OrganisationVersion] = []
    """By (day, sequence), as stated: `folding.organisations` reads from them how it is at a day."""


class Jurisdiction(msgspec.Struct, array_like=True):
    """A tenant as one partition knows it: its year, its money, its time."""

    jurisdiction: str
    """Its code."""
    name: str = ""
    start_month: int = 1
    """Month in which its fiscal year begins (its first day is always the 1st)."""
    time_zone: str = "Asia/Shanghai"
    """IANA name."""
    currency: str = "CNY"
    """ISO 4217."""
    today: dt.date | None = None
    """Last opened day (the latest by date); None: nothing is assessed yet."""
    working_day: bool = True
    """Whether today is one."""
    opened_position: int = 0
    """Ledger position, in this partition, of the entry that opened today."""
    previous_position: int = 0
    """Ledger position of the entry that opened the day before it."""
    exceptions: dict[int, bool] = {}
    """Ordinals of opened days that are (not) working days against the rule Monday to Friday."""
    previous_day: dt.date | None = None
    """The day that was today before; None: today is the first that was opened."""
    openings: list[Opening] = []
    """Every opened day in order of position, the last OPENINGS_MAX."""
    closings: list[Closing] = []
    """Closed fiscal years, by (year, day, sequence)."""
    parameters: list[ParametersVersion] = []
    """By (day, sequence); none: the defaults."""
    standards: list[StandardVersion] = []
    """Class profiles and assessment tables, by (day, sequence)."""
    models: list[ModelVersion] = []
    """Forecast models, by (day, sequence)."""
    lists: list[PriorityVersion] = []
    """Priority lists, by (day, sequence)."""
    publishers: dict[str, int] = {}
    """Publisher → ordinal of the opened day on which this partition last had an entry of it."""
    vouchers: dict[str, int] = {}
    """Publisher → ordinal of the latest day that a payment it stated here is dated (24)."""
    forgotten: dict[str, int] = {}
    """What is kept → how many facts of it went or were not taken in, since there were too many."""
    organisations: int = 0
    """How many organisations are known."""
    heard: dict[str, int] = {}
    """Publisher → ordinal of the last opened day on which it was heard, as facts say (17f)."""
