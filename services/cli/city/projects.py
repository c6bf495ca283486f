"""Projects: what stays of them from year to year."""

from dataclasses import dataclass, field
from typing import Any, Final

from services.cli.city.chance import Chance
from services.cli.city.organisations import Department, Unit

DIVISION_CODE: Final = "990100"
"""Administrative division; no real one begins with 99."""
CLASSES: Final = (
    ("recurrent", 36),
    ("procurement", 20),
    ("subsidy", 18),
    ("construction", 14),
    ("one_off", 12),
)
"""Classes of projects and how many of a hundred are of each."""
LETTERS: Final = {"recurrent": "R", "procurement": "P", "subsidy": "S", "construction": "C",
                  "one_off": "T", "reserve": "Y"}  # fmt: skip
YEARS_MAX: Final = 4
SERIES_LENGTH: Final = 9


@dataclass(slots=True)
class Project:
    """A project; its subject is `<jurisdiction>/<code>`."""

    number: int
    subject: str
    name: str
    department: Department
    unit: Unit
    project_class: str
    start: int
    end: int
    leftover: int = 0
    """Fen of last year that are carried over."""
    lines_before: tuple[str, ...] = field(default=())
    """Last year's funding lines."""

    @property
    def code(self) -> str:
        """Its code, 21 characters."""
        return self.subject.partition("/")[2]


def drawn_class(chance: Chance) -> str:
    """Draw the class of a project."""
    left = chance.between(1, 100)
    for name, share in CLASSES:
        left -= share
        if left <= 0:
            return name
    raise AssertionError(left)


def drawn(
    number: int, jurisdiction: str, year: int, departments: tuple[Department, ...], chance: Chance
) -> Project:
    """Draw a project that begins in a year; every department gets some in turn."""
    department = departments[(number * 7) % len(departments)]
    project_class = drawn_class(chance)
    stems = getattr(department.domain, project_class)
    unit = chance.one(department.units)
    stem = chance.one(stems)
    lasts = chance.between(1, YEARS_MAX) if project_class != "one_off" else 1
    name = f"{stem}项目{number:04d}(模拟)"
    subject = f"{jurisdiction}/{code_of(number, year, project_class, department)}"
    return Project(number, subject, name, department, unit, project_class, year, year + lasts - 1)


def reserve(number: int, jurisdiction: str, year: int, department: Department) -> Project:
    """Return a department's project of undistributed money (待分配), one for a year."""
    subject = f"{jurisdiction}/{code_of(number, year, 'reserve', department)}"
    name = f"{department.name}待分配资金{number:04d}(模拟)"
    return Project(number, subject, name, department, department.units[0], "reserve", year, year)


def code_of(number: int, year: int, project_class: str, department: Department) -> str:
    """Write a project code: division 6, year 2, class 1, department 3, serial 9."""
    head = f"{DIVISION_CODE}{year % 100:02d}{LETTERS[project_class]}{department.code}"
    return f"{head}{number:0{SERIES_LENGTH}d}"


def registration(project: Project, year: int, date: str, control_mode: str) -> dict[str, Any]:
    """Return the data of its registration as of a year."""
    data: dict[str, Any] = {
        "date": date,
        "name": project.name,
        "lead_unit": project.unit.code,
        "department": project.department.code,
        "start_year": project.start,
        "end_year": project.end,
        "new_this_year": project.start == year,
        "control_mode": control_mode,
        "goal": f"完成{project.name}年度任务,按期发挥效益。",
    }
    if project.project_class != "reserve":
        data["project_class"] = project.project_class
    return data
