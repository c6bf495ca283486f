"""The CloudEvent 1.0 that carries every fact, and the base of all event data."""

from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from contracts.documented import Documented
from contracts.vocabulary import BusinessDate, Identifier

TYPE_PREFIX = "dualwatch."
SUBJECT_LENGTH_MAX = 260
SOURCE_LENGTH_MAX = 256
EXTENSION_LENGTH_MAX = 256


# `defer_build`: readers are made when they are first used. No process meets every type of event,
# and to make all of them was a sixth of what the start of each one cost.


class Data(Documented):
    """Base of every event's data: frozen, closed to unknown fields, dated.

    `TYPE` is the CloudEvents type without the version; `VERSION` counts from 1.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=False,
        defer_build=True,
    )

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1

    date: BusinessDate
    """Business date of the fact, in the jurisdiction's time zone: what `as of` counts by."""

    @classmethod
    def event_type(cls) -> str:
        """Return the full CloudEvents `type`: dualwatch.<thing>.<past participle>.v<N>."""
        return f"{TYPE_PREFIX}{cls.TYPE}.v{cls.VERSION}"


class Part(Documented):
    """Base of a structure inside an event's data."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=False,
        defer_build=True,
    )


def _subject(text: str) -> str:
    if any(c < " " or c in "\x7f\u2028\u2029" for c in text):
        msg = "must not contain control characters"
        raise ValueError(msg)
    parts = text.split("/", 1)
    if any(not part or part != part.strip() for part in parts):
        msg = "must be <jurisdiction> or <jurisdiction>/<project code>"
        raise ValueError(msg)
    return text


Subject = Annotated[
    str, Field(min_length=1, max_length=SUBJECT_LENGTH_MAX), AfterValidator(_subject)
]
"""`<jurisdiction>` for jurisdiction facts, `<jurisdiction>/<project or organisation>` else."""

D_co = TypeVar("D_co", bound=Data, covariant=True)


def _source(text: str) -> str:
    if any(sign <= " " or sign == "\x7f" for sign in text):
        msg = "must be a URI reference: no spaces and no control characters"
        raise ValueError(msg)
    return text


Source = Annotated[str, Field(min_length=1, max_length=SOURCE_LENGTH_MAX), AfterValidator(_source)]
"""URI reference of a publisher's system."""

Extension = Annotated[str, Field(min_length=1, max_length=EXTENSION_LENGTH_MAX)]


class CloudEvent(Documented, Generic[D_co]):
    """One event: CloudEvents 1.0 attributes, the documented extensions, and typed data.

    `(source, id)` identifies an event for ever. Other extension attributes are allowed, kept in
    the original bytes, and ignored.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    specversion: Literal["1.0"]
    """Version of CloudEvents."""
    id: Identifier
    """Unique within `source`; the same pair with the same content is a duplicate."""
    source: Source
    """URI reference of the system that states the fact."""
    type: str
    """dualwatch.<thing>.<past participle>.v<N>."""
    subject: Subject
    """The project (or jurisdiction) the fact is about: its stream in the ledger."""
    time: AwareDatetime
    """When the publisher stated it, RFC 3339. Business time is `data.date`."""
    datacontenttype: Literal["application/json"] = "application/json"
    """Always JSON."""
    dataschema: Extension | None = None
    """URI of the schema, if the publisher names it; not fetched."""
    partitionkey: Extension | None = None
    """If given, equals `subject`."""
    sequence: Extension | None = None
    """Set by Dualwatch on its own events: number within the stream, zero padded."""
    recordedtime: AwareDatetime | None = None
    """When the publisher's system recorded the fact."""
    correlationid: Extension | None = None
    """Groups everything that one cause brought about."""
    causationid: Extension | None = None
    """The event that brought this one about."""
    traceparent: Extension | None = None
    """W3C trace context of the starting trace."""
    data: D_co
    """The fact itself."""

    @property
    def jurisdiction(self) -> str:
        """The tenant: the subject up to its first slash."""
        return self.subject.split("/", 1)[0]

    @property
    def project(self) -> str | None:
        """The project code within the jurisdiction; None for a jurisdiction fact."""
        _, slash, code = self.subject.partition("/")
        return code if slash else None


AnyEvent = CloudEvent[Any]
"""An event whose data type is not known to the type checker."""
