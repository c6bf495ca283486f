"""Outline of a report as data: which sections there are and what they are called.

The regulation fixes what annex 2 must say (Art. 12(2), (4)), not how it is headed: a jurisdiction
may give its own outline, which is checked before it is used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

SECTIONS_MAX: Final = 40
TITLE_LENGTH_MAX: Final = 100
KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

COMPLETENESS: Final = "completeness"
"""The part for which other services are asked."""
PARTS: Final = frozenset(
    {
        "filing",
        "money",
        "functions",
        "units",
        "attainment",
        "lights",
        "causes",
        "problems",
        "correction",
        "dispositions",
        "suggestions",
        COMPLETENESS,
    }
)
"""Tables and charts that a section of a department's report may show."""


@dataclass(frozen=True)
class Heading:
    """A section: its key in declarations, its title, what it shows below its text."""

    key: str
    title: str
    shows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outline:
    """The sections of a report, in order."""

    id: str
    title: str
    """Such as 部门绩效监控报告."""
    sections: tuple[Heading, ...]

    def shows(self, part: str) -> bool:
        """Whether a section shows a part."""
        return any(part in heading.shows for heading in self.sections)


DEFAULT_OUTLINE: Final = Outline(
    "annex2-city-1",
    "部门预算绩效运行监控报告",
    (
        Heading("organisation", "一、绩效监控工作组织开展情况", ("filing",)),
        Heading("execution", "二、预算资金执行情况", ("money", "functions", "units")),
        Heading("attainment", "三、绩效目标完成情况及趋势", ("attainment", "lights")),
        Heading("causes", "四、偏离绩效目标的原因分析", ("causes",)),
        Heading("problems", "五、存在的问题", ("problems",)),
        Heading("measures", "六、已采取及下一步改进措施", ("correction", "dispositions")),
        Heading("others", "七、其他需要说明的问题及建议", ("suggestions", "completeness")),
    ),
)
"""What Art. 12(2) and (4) ask for, in the order that published reports follow."""


class OutlineError(ValueError):
    """An outline cannot be used; each fault says where and why."""

    def __init__(self, faults: list[str]) -> None:
        """Carry all faults."""
        super().__init__("; ".join(faults))
        self.faults = faults


def outline_of(document: Any) -> Outline:
    """Read an outline from JSON or YAML; OutlineError names every fault."""
    faults = list(_faults(document))
    if faults:
        raise OutlineError(faults)
    sections = tuple(
        Heading(given["key"], given["title"], tuple(given.get("shows", ())))
        for given in document["sections"]
    )
    return Outline(document["id"], document["title"], sections)


def _faults(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "/: an outline is an object with id, title and sections"
        return
    for name in ("id", "title"):
        if not _is_title(document.get(name)):
            yield f"/{name}: must be a text of 1 to {TITLE_LENGTH_MAX} characters"
    sections = document.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= SECTIONS_MAX:
        yield f"/sections: must be a list of 1 to {SECTIONS_MAX}"
        return
    seen: set[str] = set()
    for place, given in enumerate(sections):
        yield from _section_faults(f"/sections/{place}", given, seen)


def _section_faults(where: str, given: Any, seen: set[str]) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{where}: must be an object with key and title"
        return
    key = given.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        yield f"{where}/key: must be lower-case letters, digits and underscores"
    elif key in seen:
        yield f"{where}/key: {key} is there twice"
    else:
        seen.add(key)
    if not _is_title(given.get("title")):
        yield f"{where}/title: must be a text of 1 to {TITLE_LENGTH_MAX} characters"
    shows = given.get("shows", [])
    if not isinstance(shows, list):
        yield f"{where}/shows: must be a list"
        return
    for part in shows:
        if part not in PARTS:
            yield f"{where}/shows: {part!r} is none of {', '.join(sorted(PARTS))}"


def _is_title(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip()) <= TITLE_LENGTH_MAX
