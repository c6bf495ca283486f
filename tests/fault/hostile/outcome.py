"""What became of the corpus: outcomes by door and family, what differs, and the table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.fault.hostile.case import ACCEPTED, DUPLICATE
from tests.fault.hostile.doors import Door, Piece

HAN: Final = ("\u4e00", "\u9fff")
TOLD: Final = ("title", "title_zh", "detail", "detail_zh", "hint", "hint_zh")


@dataclass(frozen=True)
class Outcome:
    """What became of one event that was told apart."""

    code: str
    """`accepted`, `duplicate`, or the problem's code."""
    problem: Mapping[str, Any]
    quarantine: str | None


class Tally:
    """Counts by door and family, and all that is not as it must be."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Door, str, str]] = Counter()
        self.faults: list[str] = []

    def told_apart(self, piece: Piece, found: Sequence[Outcome]) -> None:
        """Count a piece's events and compare them with what must come out."""
        codes = [outcome.code for outcome in found]
        if codes != piece.codes:
            self._fault(piece, f"{Counter(codes)} instead of {Counter(piece.codes)}")
        for outcome in found:
            counted = outcome.code if outcome.code in {ACCEPTED, DUPLICATE} else "quarantined"
            self.counts[piece.door, piece.case.family, counted] += 1
            if counted == "quarantined":
                self._refused(piece, outcome)

    def refused_whole(self, piece: Piece, status: int, problem: Mapping[str, Any]) -> None:
        """Count a request that sent nothing."""
        self.counts[piece.door, piece.case.family, "refused whole"] += 1
        wanted = (piece.case.status, piece.case.comes)
        if (status, problem.get("code", "")) != wanted:
            self._fault(piece, f"{status} {problem.get('code')} instead of {wanted}")
        if problem:
            self._words(piece, problem)

    def total(self, *counted: str) -> int:
        """Count events of all doors."""
        return sum(n for (_, _, name), n in self.counts.items() if name in counted)

    def _refused(self, piece: Piece, outcome: Outcome) -> None:
        if not outcome.quarantine:
            self._fault(piece, "refused, and no quarantine entry is named")
        pointer = outcome.problem.get("pointer")
        if piece.case.sent == 1 and pointer != piece.expected[1]:
            self._fault(piece, f"points at {pointer!r} instead of {piece.expected[1]!r}")
        if pointer and not outcome.problem.get("field_zh"):
            self._fault(piece, "the field at fault has no Chinese name")
        self._words(piece, outcome.problem)

    def _words(self, piece: Piece, problem: Mapping[str, Any]) -> None:
        for name in TOLD:
            said = problem.get(name) or ""
            chinese = any(HAN[0] <= letter <= HAN[1] for letter in said)
            if not said or (name.endswith("_zh") and not chinese):
                self._fault(piece, f"{name} says {said!r}")

    def _fault(self, piece: Piece, what: str) -> None:
        self.faults.append(f"{piece.door} | {piece.case} | {what}")

    def table(self) -> str:
        """Write verdicts by door and family."""
        kinds = [ACCEPTED, DUPLICATE, "quarantined", "refused whole"]
        rows = sorted({(door, family) for door, family, _ in self.counts})
        lines = [_line("door", "family", kinds)]
        for door, family in rows:
            lines.append(_line(door, family, [self.counts[door, family, k] for k in kinds]))
        lines.append(_line("all", "", [self.total(kind) for kind in kinds]))
        return "\n".join(lines)


def _line(door: str, family: str, cells: Iterable[object]) -> str:
    return f"{door:<18}{family:<14}" + "".join(f"{cell!s:>15}" for cell in cells)
