"""A mail about alerts: what is in it, in which order, and a subject that cannot break out."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from contracts.vocabulary import Severity
from services.alerts.domain.judging import SEVERITY_ORDER
from services.alerts.domain.subscriptions import Entry, Language

ENTRIES_MAX: Final = 500
"""Most entries of one mail; what is beyond comes in the next one."""
FACTS_MAX: Final = 6
"""Most figures of one entry that are shown."""
SUBJECT_CHARACTERS_MAX: Final = 160
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class MailLine:
    """One entry as a person reads it."""

    title: str
    kind: str
    severity: str
    about: str
    date: str
    facts: tuple[str, ...]
    note: str
    alert: str
    cursor: int


@dataclass(frozen=True, slots=True)
class MailGroup:
    """One project's entries, oldest first."""

    project: str
    severity: str
    """The gravest."""
    lines: tuple[MailLine, ...]


@dataclass(frozen=True, slots=True)
class MailContent:
    """What a mail says."""

    subject: str
    total: int
    groups: tuple[MailGroup, ...]


def compose(entries: Iterable[Entry], language: Language, words: dict[str, Any]) -> MailContent:
    """Group entries by project, the gravest project first.

    `words` are the language's: `subject` with {total}, {red} and {projects}, `kinds`.
    """
    by_project: dict[str, list[tuple[Entry, MailLine]]] = {}
    seen: set[tuple[str, int]] = set()
    for entry in entries:
        name = (entry.jurisdiction, entry.cursor)
        if name not in seen:
            seen.add(name)
            by_project.setdefault(entry.project, []).append((entry, _line(entry, language, words)))
    groups = [
        MailGroup(project, _gravest(found), tuple(line for _, line in found))
        for project, found in by_project.items()
    ]
    groups.sort(key=lambda group: (-_rank(group.severity), group.project))
    lines = [line for group in groups for line in group.lines]
    red = sum(line.severity == Severity.RED for line in lines)
    subject = words["subject"].format(total=len(lines), red=red, projects=len(groups))
    return MailContent(header_text(subject), len(lines), tuple(groups))


def header_text(text: str) -> str:
    """Make a text fit for a header: one line, no control signs, bounded."""
    return _UNPRINTABLE.sub(" ", text).strip()[:SUBJECT_CHARACTERS_MAX]


def _line(entry: Entry, language: Language, words: dict[str, Any]) -> MailLine:
    data = json.loads(entry.event)["data"]
    facts = tuple(f"{fact['name']}: {fact['value']}" for fact in data.get("facts", ())[:FACTS_MAX])
    detail = data.get("detail") or {}
    return MailLine(
        title=data["title_zh" if language is Language.ZH else "title_en"],
        kind=words["kinds"].get(entry.kind, entry.kind),
        severity=entry.severity,
        about=data["scope_subject"],
        date=data["date"],
        facts=facts,
        note=str(detail.get("note") or detail.get("text") or ""),
        alert=data["alert"],
        cursor=entry.cursor,
    )


def _gravest(found: list[tuple[Entry, MailLine]]) -> str:
    return max((entry.severity for entry, _ in found), key=_rank)


def _rank(severity: str) -> int:
    return SEVERITY_ORDER.index(Severity(severity))
