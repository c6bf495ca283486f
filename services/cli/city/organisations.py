"""The tree of Art. 5 and 6: bureau, divisions, departments with their units."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from services.cli.city.chance import Chance
from services.cli.city.names import DEPARTMENTS, DIVISIONS, DOMAINS, UNIT_NAMES, Domain

BUREAU: Final = "000"
REVIEWING: Final = {field: f"000{number:03d}" for number, (_, field) in enumerate(DIVISIONS, 1)}
"""Field of work → code of the division that reviews its departments."""
UNITS_MIN: Final = 4
UNITS_MAX: Final = 7
"""Units of a department beside its own body."""

CITY: Final = "合成市"
SYNTHETIC: Final = "(模拟)"


class Unit(NamedTuple):
    """A budget unit."""

    code: str
    name: str


class Department(NamedTuple):
    """A competent department; its first unit is its own body (部门本级)."""

    code: str
    name: str
    domain: Domain
    division: str
    units: tuple[Unit, ...]


def departments(chance: Chance) -> tuple[Department, ...]:
    """Draw the city's departments; there are always as many, their units vary."""
    return tuple(
        _department(number, name, DOMAINS[field], chance)
        for number, (name, field) in enumerate(DEPARTMENTS, 101)
    )


def _department(number: int, name: str, domain: Domain, chance: Chance) -> Department:
    code = f"{number}"
    below = chance.between(UNITS_MIN, UNITS_MAX)
    own = Unit(f"{code}001", f"{CITY}{name}本级{SYNTHETIC}")
    others = (
        Unit(f"{code}{place:03d}", f"{CITY}{name}{UNIT_NAMES[place - 2]}{SYNTHETIC}")
        for place in range(2, below + 2)
    )
    title = f"{CITY}{name}{SYNTHETIC}"
    return Department(code, title, domain, REVIEWING[domain.division], (own, *others))


def registrations(many: tuple[Department, ...], date: str) -> Iterator[dict[str, Any]]:
    """Yield the data of every organisation's registration, parents first."""
    bureau = f"{CITY}财政局{SYNTHETIC}"
    yield {"date": date, "organisation": BUREAU, "name": bureau, "kind": "bureau"}
    for number, (name, _) in enumerate(DIVISIONS, 1):
        yield {
            "date": date,
            "organisation": f"{BUREAU}{number:03d}",
            "name": f"{name}{SYNTHETIC}",
            "kind": "bureau_division",
            "parent": BUREAU,
        }
    for department in many:
        yield {
            "date": date,
            "organisation": department.code,
            "name": department.name,
            "kind": "department",
            "parent": BUREAU,
            "counterpart_division": department.division,
        }
        for unit in department.units:
            yield unit_data(unit, department.code, date)


def unit_data(unit: Unit, parent: str, date: str) -> dict[str, Any]:
    """Return the data of a unit's registration under a department."""
    return {
        "date": date,
        "organisation": unit.code,
        "name": unit.name,
        "kind": "unit",
        "parent": parent,
        "valid_from": date,
    }
