"""Groups of all rows that are kept: a question adds up only what has changed since the last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import msgspec

from services.analysis.api.ordering import Chosen
from services.analysis.api.rollup import GroupBy, figures, grouped, is_by_line, parts_of
from services.analysis.api.tally import Tally, tally
from services.analysis.store.rowstate import RowState

MOVES_MAX: Final = 500
"""Most rows that are taken out and put in; where more have changed, all are added up anew."""
_JSON: Final = msgspec.json.Encoder()


@dataclass
class _Group:
    """Rows of one group by project, and their sums."""

    rows: dict[str, RowState] = field(default_factory=dict)
    sums: Tally = field(default_factory=Tally)
    written: msgspec.Raw | None = None
    """Its figures as JSON; None: they have changed."""


class Groups:
    """All rows put together by one thing."""

    def __init__(self, by: GroupBy) -> None:
        """Hold no row yet."""
        self._by = by
        self._rows: Sequence[RowState] = ()
        self._groups: dict[str | None, _Group] = {}

    @classmethod
    def of(cls, by: GroupBy, rows: Sequence[RowState]) -> Self:
        """Add up all rows at once."""
        made = cls(by)
        made._rows = rows
        for group in grouped(rows, by, Chosen()):
            by_project = {row.project: row for row in group.rows}
            made._groups[group.key] = _Group(by_project, tally(group.rows, group.amounts))
        for _ in made.written():
            pass
        return made

    def __len__(self) -> int:
        return len(self._groups)

    def follow(self, rows: Sequence[RowState]) -> bool:
        """Go on to these rows; False where that is more than adding all up anew."""
        if len(rows) != len(self._rows):
            return False
        pairs = zip(self._rows, rows, strict=True)
        changed = [(before, now) for before, now in pairs if before is not now]
        if len(changed) > MOVES_MAX:
            return False
        for before, _ in changed:
            self._move(before, -1)
        for _, now in changed:
            self._move(now, 1)
        self._rows = rows
        return True

    def _move(self, row: RowState, sign: int) -> None:
        for key, amounts in parts_of(row, self._by).items():
            group = self._groups.setdefault(key, _Group())
            group.sums.move(row, sign, amounts)
            group.written = None
            if sign > 0:
                group.rows[row.project] = row
                continue
            del group.rows[row.project]
            if not group.rows:
                del self._groups[key]

    def written(self) -> Iterator[msgspec.Raw]:
        """Give each group's figures as JSON, in order of its key, null last."""
        for key in sorted(self._groups, key=lambda key: (key is None, key or "")):
            group = self._groups[key]
            if group.written is None:
                single = tuple(group.rows.values()) if len(group.rows) == 1 else ()
                found = figures(group.sums, single, whole=not is_by_line(self._by))
                group.written = msgspec.Raw(_JSON.encode({"key": key, **found}))
            yield group.written
