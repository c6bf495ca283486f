"""Templates of the monitoring form: its words and measures are data, kept by id.

A paper names its template, so that it is printed with the same words as long as that file is kept.
A deployment's own templates lie in a folder (annex1-*.yaml); their ids hold what is in them, so
that none can be taken for ours, nor for what it was before it was changed. New forms take the one
that is called annex1-default-JURISDICTION, else annex1-default, else ours. What lies in the folder
counts as it is when it is asked for: the same that lists offer (template_checks.py).
"""

import functools
import hashlib
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.vocabulary import CauseArea, Light, Possibility, ReasonType
from services.reporting.domain.form import FORM_TEMPLATE
from services.reporting.outputs.own_files import UNREADABLE, Files, Shelf, Sort

FILES_MAX: Final = 100
FILE_BYTES_MAX: Final = 256 * 1024
SORT: Final = Sort("annex1-*.yaml", FILES_MAX, FILE_BYTES_MAX)
DEFAULT: Final = "annex1-default"
DIGEST_DIGITS: Final = 8
COLUMNS: Final = 16
"""Columns of the sheet: the layout of annex 1 has so many."""
HOLES: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"year", "as_of", "period", "unit"}),
    "indicators": frozenset({"period", "text"}),
    "more": frozenset({"text"}),
    "alerts": frozenset({"text"}),
    "disputes": frozenset({"text"}),
    "continued": frozenset({"number"}),
}
"""What may stand in braces, by part; the rest of the template has what the first line names."""
CITY_COLUMNS: Final = frozenset({"original", "adjusted", "spent", "rate", "declared", "foreseen"})
NATIONAL_COLUMNS: Final = frozenset({"original", "spent", "rate_original", "declared"})
NATIONAL_ROWS: Final = frozenset({"total", "general_public", "others"})

Words = Annotated[dict[str, str], Field(max_length=40)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MoneyBlock(_Part):
    """The money block of one layout."""

    label: str
    columns: Words
    """Headings, from left to right; the keys are closed."""
    rows: Words = Field(default_factory=dict)
    note: str = ""


class Money(_Part):
    """The money block in both layouts."""

    city: MoneyBlock
    national: MoneyBlock


class SheetMeasures(_Part):
    """Measures of the workbook."""

    name: Annotated[str, Field(min_length=1, max_length=31)]
    page: str
    widths: Annotated[list[Annotated[int, Field(ge=4, le=100)]], Field(min_length=16)]


class FormTemplate(_Part):
    """The words of a form."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: str
    heading: Words
    money: Money
    goal: str
    indicators: Words
    areas: dict[CauseArea, str]
    possibilities: dict[Possibility, str]
    reason_types: dict[ReasonType, str]
    marks: Words
    more: Words
    alerts: dict[str, Any]
    disputes: Words
    evidence: Words
    continued: Words
    notes: Annotated[list[str], Field(max_length=20)]
    footer: Words
    provenance: Words
    lights: Words
    sheet: SheetMeasures

    @model_validator(mode="after")
    def _whole(self) -> "FormTemplate":
        faults = list(_faults(self))
        if faults:
            raise ValueError("; ".join(faults))
        return self


class TemplateError(Exception):
    """A template cannot be used; each fault is told."""

    def __init__(self, name: str, faults: list[str]) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"{name}: " + "; ".join(faults))
        self.faults = faults


class UnknownTemplateError(Exception):
    """There is no template of this id here."""


def read_template(content: bytes, name: str) -> FormTemplate:
    """Read and check a template; TemplateError tells all that is wrong."""
    if len(content) > FILE_BYTES_MAX:
        raise TemplateError(name, [f"is larger than {FILE_BYTES_MAX} bytes"])
    try:
        found = yaml.safe_load(content)
        # Enumerations are keys of the file: they are read as the words they are.
        return FormTemplate.model_validate(found, strict=False)
    except yaml.YAMLError as error:
        raise TemplateError(name, [f"is no YAML: {error}"]) from error
    except (ValidationError, RecursionError) as error:
        raise TemplateError(name, _told(error)) from error


def template_of(name: str) -> FormTemplate:
    """Find a template by its id; UnknownTemplateError if it is not kept here."""
    found = _known().by_id.get(name)
    if found is None:
        raise UnknownTemplateError(name)
    return found


def current(jurisdiction: str) -> FormTemplate:
    """Give the template of a jurisdiction's new forms."""
    own = _known().by_file
    found = own.get(f"{DEFAULT}-{jurisdiction}") or own.get(DEFAULT)
    return found or template_of(FORM_TEMPLATE)


def own_id(name: str, content: bytes) -> str:
    """Name a template of one's own: what it holds is part of its id."""
    return f"{name}+{hashlib.sha256(content).hexdigest()[:DIGEST_DIGITS]}"


def shipped() -> Iterator[tuple[str, bytes]]:
    """Give the template files that come with us."""
    folder = resources.files("services.reporting.outputs") / "templates"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            yield file.name, file.read_bytes()


def look_in(folder: Path | None) -> None:
    """Use the templates of a folder too; TemplateError if one cannot be used."""
    _shelf.look_in(folder)


@dataclass(slots=True)
class _Templates:
    by_id: dict[str, FormTemplate] = field(default_factory=dict)
    by_file: dict[str, FormTemplate] = field(default_factory=dict)
    """One's own, by the names of their files without .yaml."""


def _known() -> _Templates:
    return _shelf.now()


@functools.cache
def _ours() -> Mapping[str, FormTemplate]:
    templates = (read_template(content, name) for name, content in shipped())
    return {template.id: template for template in templates}


def _read(files: Files, before: _Templates | None) -> _Templates:
    """Read the templates of the folder; `before`: what it held, null at the start.

    Rather no start than a form with nonsense on it. In a process that runs a file at fault is left
    as it was when it was whole: forms go on as they were, and the list says what is wrong with it.
    """
    if before is None and len(files) > FILES_MAX:
        raise TemplateError(SORT.pattern, [f"is more than {FILES_MAX} templates of forms"])
    known = _Templates(dict(_ours()))
    for name, content in [*files.items()][:FILES_MAX]:
        stem = name.removesuffix(".yaml")
        try:
            template = _own(content, name)
        except TemplateError:
            if before is None:
                raise
            if stem not in before.by_file:
                continue
            template = before.by_file[stem]
        # The same content twice is one template: a copy is how an earlier one is kept.
        known.by_id[template.id] = known.by_file[stem] = template
    return known


def _own(content: bytes | None, name: str) -> FormTemplate:
    if content is None:
        raise TemplateError(name, [UNREADABLE])
    template = read_template(content, name)
    return template.model_copy(update={"id": own_id(template.id, content)})


_shelf: Final = Shelf(SORT, _read)


_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "heading": frozenset(
        {"year", "as_of", "unit", "project", "code", "department", "lead_unit", "unknown"}
    ),
    "indicators": frozenset(
        {"level_1", "level_2", "level_3", "target", "actual", "expected", "areas", "reason"}
        | {"possibility", "remark", "none", "cause_required", "ledger", "foreseen"}
    ),
    "marks": frozenset({"declared", "foreseen", "legend"}),
    "more": frozenset(
        {"title", "carryover", "surplus", "execution", "remarks", "declared", "foreseen"}
    ),
    "alerts": frozenset({"title", "measure", "severities"}),
    "disputes": frozenset({"title", "open", "answer"}),
    "evidence": frozenset({"title"}),
    "continued": frozenset({"title", "sign"}),
    "footer": frozenset({"filled_by", "phone", "head", "filled_on"}),
    "provenance": frozenset(
        {"light", "monitoring", "campaign", "edition", "draft", "cut", "results_cut", "packs"}
        | {"template", "release", "code"}
    ),
    "lights": frozenset({*(light.value for light in Light), "none"}),
}


def _faults(template: FormTemplate) -> Iterator[str]:
    document = template.model_dump(mode="json")
    for part, keys in _KEYS.items():
        yield from _difference(part, keys, set(document[part]))
    for part, kind in (
        ("areas", CauseArea),
        ("possibilities", Possibility),
        ("reason_types", ReasonType),
    ):
        yield from _difference(part, {one.value for one in kind}, set(document[part]))
    money = template.money
    yield from _difference("money.city.columns", CITY_COLUMNS, set(money.city.columns))
    yield from _difference("money.national.columns", NATIONAL_COLUMNS, set(money.national.columns))
    yield from _difference("money.national.rows", NATIONAL_ROWS, set(money.national.rows))
    if len(template.sheet.widths) != COLUMNS:
        yield f"sheet.widths has {len(template.sheet.widths)} columns, there are {COLUMNS}"
    for part, value in document.items():
        if part != "sheet":
            yield from _holes(part, value, HOLES.get(part, HOLES[""]))


def _difference(part: str, wanted: frozenset[str] | set[str], found: set[str]) -> Iterator[str]:
    if missing := sorted(wanted - found):
        yield f"{part} lacks {', '.join(missing)}"
    if unknown := sorted(found - wanted):
        yield f"{part} does not know {', '.join(unknown)}"


def _holes(part: str, value: Any, known: frozenset[str]) -> Iterator[str]:
    for where, text in _texts(part, value):
        try:
            names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError as error:
            yield f"{where}: {error}"
            continue
        if unknown := sorted(names - known):
            yield f"{where}: nothing is known as {{{', '.join(unknown)}}}"


def _texts(where: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(f"{where}.{name}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(f"{where}[{number}]", inner)


def _told(error: ValidationError | RecursionError) -> list[str]:
    if isinstance(error, RecursionError):
        return ["is nested too deep"]
    faults = error.errors(include_url=False, include_input=False)
    return [f"{'.'.join(map(str, fault['loc'])) or 'template'}: {fault['msg']}" for fault in faults]
