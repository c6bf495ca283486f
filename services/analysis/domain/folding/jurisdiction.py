"""Facts about a jurisdiction: its money and time, and what its projects are measured by."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.events.intake import (
    DayOpened,
    FiscalYearClosed,
    ForecastModelPublished,
    JurisdictionRegistered,
    MonitoringParametersPublished,
    PriorityListPublished,
    ProgressStandardPublished,
    PublisherHeard,
)
from services.analysis.domain.calendar import SATURDAY
from services.analysis.domain.state import (
    LISTED_BYTES_MAX,
    OPENINGS_MAX,
    PUBLISHERS_MAX,
    VERSIONS_MAX,
    ClassModel,
    Closing,
    Entry,
    Jurisdiction,
    ModelVersion,
    Opening,
    Parameters,
    ParametersVersion,
    PriorityVersion,
    StandardVersion,
)


def evolve_jurisdiction(state: Jurisdiction | None, entry: Entry) -> Jurisdiction:
    """Take in a jurisdiction fact; those that nothing is measured by change nothing."""
    event = entry.event
    if state is None:
        state = Jurisdiction(event.subject)
    fold = _EVOLVE.get(event.type)
    if fold is not None:
        fold(state, entry, event.data)
    return state


def _establish(state: Jurisdiction, _: Entry, data: JurisdictionRegistered) -> None:
    state.name = data.name
    state.start_month = int(data.fiscal_year_start[:2])
    state.time_zone = data.time_zone
    state.currency = data.currency


def _open_day(state: Jurisdiction, entry: Entry, data: DayOpened) -> None:
    day = data.date.toordinal()
    if data.working_day == (data.date.weekday() < SATURDAY):
        state.exceptions.pop(day, None)
    else:
        state.exceptions[day] = data.working_day
    if state.today is None or data.date > state.today:
        state.previous_day, state.today = state.today, data.date
        state.working_day = data.working_day
        # What was there when the first day opened is no late fact.
        state.previous_position = state.opened_position or entry.position
        state.opened_position = entry.position
        state.openings.append(Opening(day, entry.position, entry.recorded_ms))
        del state.openings[:-OPENINGS_MAX]


def _close(state: Jurisdiction, entry: Entry, data: FiscalYearClosed) -> None:
    _keep(
        state,
        "closings",
        Closing(
            data.fiscal_year,
            data.date.toordinal(),
            entry.sequence,
            entry.position,
            data.version,
        ),
    )


def _set_parameters(state: Jurisdiction, entry: Entry, data: MonitoringParametersPublished) -> None:
    stated = Parameters(
        **{name: getattr(data, name) for name in Parameters.__struct_fields__},
    )
    day = (data.effective_from or data.date).toordinal()
    _keep(state, "parameters", ParametersVersion(day, entry.sequence, stated))


def _set_standard(state: Jurisdiction, entry: Entry, data: ProgressStandardPublished) -> None:
    _keep(
        state,
        "standards",
        StandardVersion(
            data.date.toordinal(),
            entry.sequence,
            data.fiscal_year,
            data.standard,
            data.project_class,
            data.months_bp,
        ),
    )


def _set_model(state: Jurisdiction, entry: Entry, data: ForecastModelPublished) -> None:
    classes = tuple(
        ClassModel(
            known.project_class, known.method, known.seasonal_bp, known.low_bp, known.high_bp
        )
        for known in data.classes
    )
    _keep(
        state,
        "models",
        ModelVersion(
            data.date.toordinal(),
            entry.sequence,
            data.model,
            data.years[-1],
            data.interval_bp,
            classes,
        ),
    )


def _set_list(state: Jurisdiction, entry: Entry, data: PriorityListPublished) -> None:
    _keep(
        state,
        "lists",
        PriorityVersion(
            data.date.toordinal(),
            entry.sequence,
            data.fiscal_year,
            data.kind,
            data.organisation or "",
            sorted(listed.project for listed in data.projects),
        ),
    )
    size = sum(map(_listed_bytes, state.lists))
    while size > LISTED_BYTES_MAX:
        size -= _listed_bytes(_forget_one(state, "lists"))


def _listed_bytes(version: PriorityVersion) -> int:
    return sum(len(code.encode()) for code in version.projects)


def _hear(state: Jurisdiction, _: Entry, data: PublisherHeard) -> None:
    day, known = data.date.toordinal(), state.heard
    if data.publisher in known:
        known[data.publisher] = max(day, known[data.publisher])
    elif len(known) < PUBLISHERS_MAX:
        known[data.publisher] = day
    else:
        forget(state, "publishers")


def forget(state: Jurisdiction, kind: str) -> None:
    """Count a fact that went, or is not taken in, since there are too many of its kind."""
    state.forgotten[kind] = state.forgotten.get(kind, 0) + 1


def _keep(state: Jurisdiction, kind: str, stated: Any) -> None:
    versions: list[Any] = getattr(state, kind)
    versions.append(stated)
    versions.sort(key=_age)
    while len(versions) > VERSIONS_MAX:
        _forget_one(state, kind)


def _age(version: Any) -> tuple[int, int]:
    return version.day, version.sequence


def _forget_one(state: Jurisdiction, kind: str) -> Any:
    """Forget the oldest version that a later one replaces; the oldest of all if none is."""
    versions: list[Any] = getattr(state, kind)
    of = _REPLACED_BY[kind]
    last = {of(version): index for index, version in enumerate(versions)}
    place = next((n for n, version in enumerate(versions) if last[of(version)] != n), 0)
    forget(state, kind)
    return versions.pop(place)


_REPLACED_BY: Final[Mapping[str, Callable[[Any], Any]]] = {
    "closings": lambda version: version.fiscal_year,
    "parameters": lambda _: None,
    "standards": lambda version: (version.fiscal_year, version.project_class),
    "models": lambda _: None,
    "lists": lambda version: (version.fiscal_year, version.kind, version.organisation),
}
"""Of what the latest version holds at a date, by kind: as `measures` asks for it."""


_EVOLVE: Final[Mapping[str, Callable[[Jurisdiction, Entry, Any], None]]] = {
    data.event_type(): fold
    for data, fold in (
        (JurisdictionRegistered, _establish),
        (DayOpened, _open_day),
        (FiscalYearClosed, _close),
        (MonitoringParametersPublished, _set_parameters),
        (ProgressStandardPublished, _set_standard),
        (ForecastModelPublished, _set_model),
        (PriorityListPublished, _set_list),
        (PublisherHeard, _hear),
    )
}
"""Event type → how it changes a jurisdiction."""
