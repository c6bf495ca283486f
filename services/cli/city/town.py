"""What every part of the city shares: the writer, the agenda, the generator, who is there."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from services.cli.city.agenda import Agenda, Phase
from services.cli.city.chance import Chance
from services.cli.city.names import SUPPLIER_KINDS, SUPPLIER_STEMS
from services.cli.city.organisations import CITY, SYNTHETIC, Department
from services.cli.city.wire import Truth, Writer, iso
from services.cli.city.year import Year

HASH_LENGTH: Final = 24

Payee = dict[str, Any]


@dataclass(slots=True)
class Town:
    """One simulated city at work."""

    writer: Writer
    agenda: Agenda
    chance: Chance
    jurisdiction: str
    departments: tuple[Department, ...]
    suppliers: tuple[Payee, ...]
    years: list[Year] = field(default_factory=list)
    """The current fiscal year of every active project, reserves last."""
    reserves: list[Year] = field(default_factory=list)

    def later(self, day: int, phase: Phase, act: Callable[..., object], *args: Any) -> None:
        """Plan an action of a later day, or of a later phase today."""
        self.agenda.put(day, phase, partial(act, *args))

    def planted(self, year: Year, day: int, **more: Any) -> None:
        """Note a planted deviation in the ground truth."""
        plant = year.plant
        if plant is not None:
            truth = Truth(
                plant.kind, year.subject, iso(day), year.year, implies=plant.implies, **more
            )
            self.writer.truths.append(truth)

    def noted(self, year: Year, kind: str, day: int) -> None:
        """Note in the ground truth what came about of itself: at most once in a project's year."""
        year.noted = True
        self.writer.truths.append(Truth(kind, year.subject, iso(day), year.year))


def suppliers() -> tuple[Payee, ...]:
    """Return the companies that the city buys from."""
    names = (f"{CITY}{stem}{kind}有限公司{SYNTHETIC}" for stem in SUPPLIER_STEMS
             for kind in SUPPLIER_KINDS)  # fmt: skip
    return tuple(payee(name) for name in names)


def payee(name: str) -> Payee:
    """Return an organisation as payee; its account exists as a hash only."""
    return {"name": name, "account_hash": account_hash(name)}


def account_hash(name: str) -> str:
    """Return the hash of a made-up account."""
    return hashlib.blake2b(f"synthetic:{name}".encode()).hexdigest()[:HASH_LENGTH]
