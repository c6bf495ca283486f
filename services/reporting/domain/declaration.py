"""What people declare on a paper: the unit's statement beside the ledger's (domain-rules 20).

A draft is kept field by field, each under its JSON pointer with its own version, so that two people
and a broken connection lose nothing; put together it is a `Declaration`.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from contracts.envelope import Part
from contracts.events.evidence import EvidenceFiles
from contracts.vocabulary import (
    Amount,
    BusinessDate,
    CauseArea,
    DecimalText,
    Grade,
    Identifier,
    Name,
    Possibility,
    ReasonType,
    Text,
)

INDICATORS_MAX: Final = 1_000
FUNDING_ROWS_MAX: Final = 40
SECTIONS_MAX: Final = 40
SECTION_CHARACTERS_MAX: Final = 20_000
FIELDS_MAX: Final = 10_000
"""Most fields of one draft."""
PHONE_LENGTH_MAX: Final = 40
UNREADABLE_ZH: Final = "填写的值无法识别"
"""Said in Chinese of what has not the form of its field; how it differs is said in English."""

Areas = Annotated[tuple[CauseArea, ...], Field(max_length=len(CauseArea))]


class FundingStatement(Part):
    """One row of the money block."""

    expected_spent: Amount | None = None
    """全年预计执行数."""
    own_spent: Amount | None = None
    """Spent of own or other funds by the cut-off, as the unit knows it; becomes a fact. Only for
    rows of `own_funds` lines: treasury money is read-only."""


class ResultStatement(Part):
    """An indicator's result typed on the form; becomes a fact before submission."""

    value_text: Name
    """As written."""
    value: DecimalText | None = None
    """As a number, in the indicator's unit."""
    value_date: BusinessDate | None = None
    """As a date."""
    grade: Grade | None = None
    """Human grade of a qualitative result."""
    on: BusinessDate | None = None
    """Day it stands for; null: the cut-off."""


class IndicatorStatement(Part):
    """One indicator row, as far as people fill it in."""

    result: ResultStatement | None = None
    """完成情况; null: what the ledger has."""
    expected_result: Annotated[str, Field(max_length=500)] = ""
    """全年预计完成情况, in words."""
    areas: Areas = ()
    """偏差原因分析: the five areas, several may be named."""
    reason_type: ReasonType | None = None
    """原因类型."""
    reason: Text = ""
    """原因说明."""
    possibility: Possibility | None = None
    """完成目标可能性."""
    measure: Text = ""
    """备注: why the target will be missed, and what is done about it."""
    evidence: EvidenceFiles = ()
    """佐证材料."""


class ExecutionStatement(Part):
    """Why execution deviates, for the project as a whole."""

    areas: Areas = ()
    reason_type: ReasonType | None = None
    reason: Text = ""
    measure: Text = ""


class Contact(Part):
    """The footer of annex 1."""

    filled_by: Annotated[str, Field(max_length=100)] = ""
    """填报人."""
    phone: Annotated[str, Field(max_length=PHONE_LENGTH_MAX)] = ""
    """联系电话."""
    head: Annotated[str, Field(max_length=100)] = ""
    """单位负责人."""
    filled_on: BusinessDate | None = None
    """填报日期."""


Section = Annotated[str, Field(max_length=SECTION_CHARACTERS_MAX)]


class Declaration(Part):
    """Everything that people declare on a form or a report."""

    funding: Annotated[dict[str, FundingStatement], Field(max_length=FUNDING_ROWS_MAX)] = Field(
        default_factory=dict
    )
    """By row key of the money block: `total`, a budget account, a line id of own funds."""
    carryover: Amount | None = None
    """预计结转."""
    surplus: Amount | None = None
    """预计结余."""
    execution: ExecutionStatement = ExecutionStatement()
    """Why execution deviates."""
    indicators: Annotated[
        dict[Identifier, IndicatorStatement], Field(max_length=INDICATORS_MAX)
    ] = Field(default_factory=dict)
    """By indicator id."""
    remarks: Text = ""
    """Anything else."""
    contact: Contact = Contact()
    """Footer."""
    sections: Annotated[dict[str, Section], Field(max_length=SECTIONS_MAX)] = Field(
        default_factory=dict
    )
    """Of a report: narrative by section key of its template."""


class DraftField(Part):
    """One field of a draft as it was last saved."""

    value: Any
    """JSON."""
    version: Annotated[int, Field(ge=1)]
    """Number of this field's saving, from 1."""
    by: Identifier
    """Principal."""
    at: dt.datetime
    """When."""


class FieldFault(Exception):  # noqa: N818 - not an error of ours: what somebody typed
    """A field cannot be read; where and why."""

    def __init__(self, pointer: str, reason: str, reason_zh: str = UNREADABLE_ZH) -> None:
        """Name the field by its JSON pointer, and say why in two languages."""
        super().__init__(f"{pointer}: {reason}")
        self.pointer = pointer
        self.reason = reason
        self.reason_zh = reason_zh


def declaration_of(fields: Mapping[str, Any]) -> Declaration:
    """Put the values of fields, by pointer, together; FieldFault for one that cannot be."""
    try:
        return Declaration.model_validate_json(_text(nested(fields)), strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = "/" + "/".join(_escaped(str(part)) for part in fault["loc"])
        raise FieldFault(where, fault["msg"]) from error


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make one JSON object of values by pointer; a field within another's value is a FieldFault."""
    found: dict[str, Any] = {}
    for pointer in sorted(fields):
        parts = parts_of(pointer)
        place = found
        for part in parts[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                reason = "stands within a field that has a value of its own"
                raise FieldFault(pointer, reason, "上级项已有填写的值")
        place[parts[-1]] = fields[pointer]
    return found


def parts_of(pointer: str) -> list[str]:
    """Take a JSON pointer (RFC 6901) apart; FieldFault if it is none."""
    if not pointer.startswith("/") or pointer == "/":
        reason = "a field is named by its JSON pointer, such as /remarks"
        raise FieldFault(pointer, reason, "填报项须以 JSON 指针表示,例如 /remarks")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def pointer_of(*parts: str) -> str:
    """Write a JSON pointer."""
    return "/" + "/".join(_escaped(part) for part in parts)


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
