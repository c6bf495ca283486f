"""Bytes to events and back: the registry of event types, strict reading, upcasting."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError, create_model

from contracts.envelope import AnyEvent, CloudEvent, Data
from contracts.events import alerts, analysis, intake
from contracts.events.principals import PRINCIPAL_EVENTS
from contracts.events.quarantine import QUARANTINE_EVENTS
from contracts.events.reports import REPORT_EVENTS
from contracts.events.reports_earlier import PaperEntered as PaperEnteredV1
from contracts.events.reports_earlier import entered_v2

EVENT_DATA: Final[tuple[type[Data], ...]] = (
    *intake.JURISDICTION_FACTS,
    *intake.PROJECT_FACTS,
    analysis.AssessmentMadeV1,
    analysis.AssessmentMadeV2,
    analysis.AssessmentMadeV3,
    analysis.AssessmentMade,
    analysis.FindingDetected,
    analysis.DayAssessed,
    *alerts.ALERT_EVENTS,
    *PRINCIPAL_EVENTS,
    *QUARANTINE_EVENTS,
    PaperEnteredV1,
    *REPORT_EVENTS,
)
"""Every event type there is, in every version that is taken in or written."""

DATA_BY_TYPE: Final[dict[str, type[Data]]] = {data.event_type(): data for data in EVENT_DATA}

INTAKE_TYPES: Final[frozenset[str]] = frozenset(
    data.event_type() for data in (*intake.JURISDICTION_FACTS, *intake.PROJECT_FACTS)
)
"""Types that stand in the ledger; publishers may send all but `OWN_FACTS`."""

JURISDICTION_TYPES: Final[frozenset[str]] = frozenset(
    data.event_type() for data in intake.JURISDICTION_FACTS
)

OWN_FACTS: Final[frozenset[str]] = frozenset(
    data.event_type() for data in (intake.DayOpened, intake.PublisherHeard)
)
"""Those that intake states itself: no door takes them in."""

UPCASTERS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    intake.TargetProgressReportedV1.event_type(): intake.progress_v2,
    intake.MonitoringParametersPublishedV1.event_type(): intake.parameters_v2,
    analysis.AssessmentMadeV1.event_type(): analysis.assessment_v2,
    analysis.AssessmentMadeV2.event_type(): analysis.assessment_v3,
    PaperEnteredV1.event_type(): entered_v2,
    analysis.AssessmentMadeV3.event_type(): analysis.assessment_v4,
}
"""Old type → function that turns its JSON into the next version's."""


def _envelope(data: type[Data]) -> type[AnyEvent]:
    return create_model(
        f"{data.__name__}V{data.VERSION}",
        __base__=CloudEvent[data],  # type: ignore[valid-type]
        __doc__=data.__doc__,
        type=(Literal[data.event_type()], ...),  # type: ignore[arg-type]
    )


class _Envelopes(Mapping[str, type[AnyEvent]]):
    """The models by type, each made when it is first asked for.

    All of them together take most of a second; a process reads a few types, a command often none.
    """

    def __init__(self) -> None:
        self._made: dict[str, type[AnyEvent]] = {}

    def __getitem__(self, event_type: str) -> type[AnyEvent]:
        found = self._made.get(event_type)
        if found is None:
            # Threads that ask at once make it twice, and both have the one that was kept.
            made = _envelope(DATA_BY_TYPE[event_type])
            found = self._made.setdefault(event_type, made)
        return found

    def __contains__(self, event_type: object) -> bool:
        return event_type in DATA_BY_TYPE

    def __iter__(self) -> Iterator[str]:
        return iter(DATA_BY_TYPE)

    def __len__(self) -> int:
        return len(DATA_BY_TYPE)


ENVELOPES: Final[Mapping[str, type[AnyEvent]]] = _Envelopes()
"""Every event type's whole event: envelope and data."""


@cache
def adapter(event_type: str) -> TypeAdapter[AnyEvent]:
    """Return the reader of one event type; KeyError for a type there is not."""
    return TypeAdapter(ENVELOPES[event_type])


class UnknownEventTypeError(Exception):
    """The type is none of this release's; `newer` if a known thing in a later version."""

    def __init__(self, event_type: str) -> None:
        """Remember the type as it was written."""
        super().__init__(event_type)
        self.event_type = event_type
        thing, _, _version = event_type.rpartition(".v")
        self.newer = any(known.rpartition(".v")[0] == thing for known in DATA_BY_TYPE)


def decode(raw: bytes, event_type: str | None = None) -> AnyEvent:
    """Read one structured CloudEvent; ValidationError or UnknownEventTypeError say what is wrong.

    An earlier version is told in the words of the newest.
    `event_type` spares the look at the type where the caller knows it (a record's header).
    """
    if event_type is None:
        event_type = _type_of(raw)
    if event_type not in ENVELOPES:
        raise UnknownEventTypeError(event_type)
    event = adapter(event_type).validate_json(raw)
    if event_type not in UPCASTERS:
        return event
    # It is read by its own contract first: what that refuses, the next version may not let in.
    return decode(encode_json(UPCASTERS[event_type](json.loads(raw))))


def _type_of(raw: bytes) -> str:
    found = json.loads(raw)
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        no_type = ""
        raise UnknownEventTypeError(no_type)
    return str(found["type"])


def encode(event: AnyEvent) -> bytes:
    """Write an event as structured CloudEvent JSON (UTF-8, attributes that are null left out)."""
    return event.model_dump_json(exclude_none=True).encode()


def encode_json(document: dict[str, Any]) -> bytes:
    """Write a JSON object compactly in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def new_event(  # noqa: PLR0913 - an envelope has so many attributes
    data: Data,
    *,
    event_id: str,
    source: str,
    subject: str,
    time: Any,
    sequence: str | None = None,
    correlationid: str | None = None,
    causationid: str | None = None,
    traceparent: str | None = None,
) -> AnyEvent:
    """Make an event around `data`; id and time are the caller's (nothing here draws them)."""
    return ENVELOPES[data.event_type()](
        specversion="1.0",
        id=event_id,
        source=source,
        type=data.event_type(),
        subject=subject,
        time=time,
        data=data,
        sequence=sequence,
        correlationid=correlationid,
        causationid=causationid,
        traceparent=traceparent,
    )


__all__ = [
    "DATA_BY_TYPE",
    "ENVELOPES",
    "EVENT_DATA",
    "INTAKE_TYPES",
    "JURISDICTION_TYPES",
    "OWN_FACTS",
    "UPCASTERS",
    "UnknownEventTypeError",
    "ValidationError",
    "adapter",
    "decode",
    "encode",
    "encode_json",
    "new_event",
]
