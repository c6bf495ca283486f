"""Frozen editions: canonical bytes, their hash, their verification code 校验码, what changed.

Canonical JSON has sorted keys, no spaces and UTF-8; the code is made of it with the code left
empty, so that whoever holds a paper's content can make it again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from services.reporting.domain.city_summary import CitySummary
from services.reporting.domain.form import MonitoringForm
from services.reporting.domain.report_data import DepartmentReport

CODE_DIGITS: Final = 16
_GROUP: Final = 4
HASH_DIGITS: Final = 12
"""Digits of a file's hash by which two of one name are told apart."""
FORM: Final = TypeAdapter(MonitoringForm)
"""Reads and writes a form as JSON."""
REPORT: Final = TypeAdapter(DepartmentReport)
"""Reads and writes a report as JSON."""
SUMMARY: Final = TypeAdapter(CitySummary)
"""Reads and writes a bureau's summary as JSON."""
_KEYED: Final = {"funding": "key", "indicators": "indicator", "alerts": "alert_id",
                 "disputes": "field", "sections": "key"}  # fmt: skip
"""Lists whose items have a name of their own."""
_NOT_COMPARED: Final = frozenset({"provenance", "declared", "release", "template"})
"""What differs between any two editions, or is shown by other fields."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Content as it is kept."""

    content: bytes
    """Canonical JSON, with its code."""
    sha256: str
    """Of the content, hexadecimal."""
    code: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that two editions have otherwise."""

    field: str
    """JSON pointer; items of lists by their key."""
    before: Any
    after: Any


def canonical(document: Mapping[str, Any]) -> bytes:
    """Write a document in its one form."""
    text = json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def code_of(document: Mapping[str, Any]) -> str:
    """Make the verification code of a document with provenance, whatever code it has."""
    bare = {**document, "provenance": {**document["provenance"], "code": ""}}
    return hashlib.sha256(canonical(bare)).hexdigest()[:CODE_DIGITS]


def coded(document: Mapping[str, Any]) -> dict[str, Any]:
    """Put its code into a document."""
    return {**document, "provenance": {**document["provenance"], "code": code_of(document)}}


def freeze(document: Mapping[str, Any]) -> Frozen:
    """Freeze a document: its code is put in, its bytes are hashed."""
    whole = coded(document)
    content = canonical(whole)
    return Frozen(content, hashlib.sha256(content).hexdigest(), whole["provenance"]["code"])


def freeze_form(form: MonitoringForm) -> Frozen:
    """Freeze a form."""
    return freeze(FORM.dump_python(form, mode="json"))


def freeze_report(report: DepartmentReport) -> Frozen:
    """Freeze a report."""
    return freeze(REPORT.dump_python(report, mode="json"))


def freeze_summary(summary: CitySummary) -> Frozen:
    """Freeze a summary as it is handed out; its provenance is that of the whole."""
    document = SUMMARY.dump_python(summary, mode="json")
    made = document["whole"]["provenance"]
    made["code"] = ""
    code = hashlib.sha256(canonical(document)).hexdigest()[:CODE_DIGITS]
    made["code"] = code
    content = canonical(document)
    return Frozen(content, hashlib.sha256(content).hexdigest(), code)


def summary_of(content: bytes) -> CitySummary:
    """Read a frozen summary."""
    return SUMMARY.validate_json(content)


def report_of(content: bytes) -> DepartmentReport:
    """Read a frozen report."""
    return REPORT.validate_json(content)


def form_of(content: bytes) -> MonitoringForm:
    """Read a frozen form."""
    return FORM.validate_json(content)


def with_code(form: MonitoringForm) -> MonitoringForm:
    """Put its code into a form that is not frozen: a working copy has one too."""
    return form_of(freeze_form(form).content)


def printed(code: str) -> str:
    """Write a code in groups, as outputs print it."""
    return " ".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Tell field by field what two contents have otherwise, in the order of pointers."""
    one = {**dict(_leaves(before)), **_evidence(before)}
    other = {**dict(_leaves(after)), **_evidence(after)}
    return [
        Change(field, one.get(field), other.get(field))
        for field in sorted(one.keys() | other.keys())
        if one.get(field) != other.get(field)
    ]


def _leaves(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if name not in _NOT_COMPARED:
            yield from _within(f"/{_escaped(name)}", value, _KEYED.get(name))


def _evidence(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Name attached files with their hashes: another file of the same name is another."""
    return {
        pointer: [f"{file['name']} {file['sha256'][:HASH_DIGITS]}" for file in files]
        for pointer, files in document.get("declared", {}).items()
        if pointer.endswith("/evidence")
    }


def _within(pointer: str, value: Any, key: str | None) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _within(f"{pointer}/{_escaped(str(name))}", each, None)
    elif key is not None and isinstance(value, Sequence) and not isinstance(value, str):
        seen: Counter[str] = Counter()
        for place, each in enumerate(value):
            name = str(each.get(key) or place)
            seen[name] += 1
            # A figure may be disputed again once it was answered: none hides another.
            again = f"/{seen[name]}" if seen[name] > 1 else ""
            yield from _within(f"{pointer}/{_escaped(name)}{again}", each, None)
    else:
        yield pointer, value


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
