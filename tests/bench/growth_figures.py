"""Figures of growth as they are recorded: what a unit of work costs at a size."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MICROSECONDS: Final = 1_000_000
MILLISECONDS: Final = 1_000
SAID_CHARACTERS: Final = 200
JURISDICTION_PROJECTS: Final = 10_000
"""Most projects of one jurisdiction; more are those of several, as a province has them."""
FIRST_CODE: Final = 610_100


@dataclass(frozen=True)
class Size:
    """How much there is."""

    projects: int
    entries: int
    """Facts of projects in the ledger."""

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Read PROJECTS:ENTRIES; `k` and `M` stand for thousands and millions."""
        projects, _, entries = text.partition(":")
        return cls(_number(projects), _number(entries))


@dataclass
class Figures:
    """What was measured at one size."""

    size: Size
    instances: int = 1
    order: str = ""
    """How entries come, where it is not one jurisdiction's after another's."""
    found: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        subject: str,
        what: str,
        value: float,
        unit: str,
        n: int = 1,
        *,
        sloped: bool = True,
        contender: str = "",
    ) -> None:
        """Add a figure; `sloped`: a unit must not cost more where there is more of everything.

        `contender` says whose it is, where it is not ours.
        """
        what = ", ".join(word for word in (self.order, what) if word)
        told = {"subject": subject, "what": what, **self._where(), "value": float(f"{value:.4g}")}
        whose = {"contender": contender} if contender else {}
        self.found.append({**told, "unit": unit, "n": n, "sloped": sloped, **whose})
        of = f"{self.size.projects:,} projects, {self.size.entries:,} entries"
        name = ", ".join(word for word in (contender, subject, what) if word)
        print(f"{of}, {self.instances}: {name:<32} {value:10.3f} {unit}", flush=True)

    def fail(self, subject: str, why: str) -> None:
        """Say why something was not measured; the first line of it is recorded."""
        said = f"{why}".splitlines()[0][:SAID_CHARACTERS] if why else "no reason was given"
        self.found.append({"subject": subject, **self._where(), "value": None, "failed": said})
        print(f"{self.size}, {self.instances}: {subject} failed: {why or said}", flush=True)

    @contextlib.contextmanager
    def part(self, subject: str) -> Iterator[None]:
        """Measure a part; whatever fails is told, and the parts behind it are tried."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - what failed is a figure as well
            self.fail(subject, f"{type(error).__name__}: {error}")

    def _where(self) -> dict[str, int]:
        size = self.size
        return {"projects": size.projects, "entries": size.entries, "instances": self.instances}


def jurisdiction(number: int) -> str:
    """Give the code of a jurisdiction."""
    return str(FIRST_CODE + number)


def shares(projects: int) -> list[int]:
    """Say how many projects each jurisdiction has."""
    whole, rest = divmod(projects, JURISDICTION_PROJECTS)
    return [JURISDICTION_PROJECTS] * whole + ([rest] if rest else [])


def _number(text: str) -> int:
    times = {"k": 1_000, "M": 1_000_000}
    return int(text[:-1]) * times[text[-1]] if text[-1:] in times else int(text)
