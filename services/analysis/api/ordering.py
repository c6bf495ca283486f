"""Choosing and ordering rows, and paging them by where the last page ended."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cmp_to_key
from typing import Any, Final

from contracts.vocabulary import Light, wire_to_fen

Row = dict[str, Any]
Value = int | str | None

NO_LIGHT: Final = "none"
LIGHTS: Final = (*map(str, Light), NO_LIGHT)
"""Worst first; `none` where there is nothing to judge."""


class Sort(StrEnum):
    """What rows are ordered by."""

    PROJECT = "project_id"
    NAME = "project_name"
    DEPARTMENT = "department"
    BUDGET = "adjusted_budget"
    SPENT = "spent"
    EXECUTION = "execution_rate_bp"
    ATTAINMENT = "attainment_rate_bp"
    LIGHT = "light"
    FINDINGS = "findings"


class Order(StrEnum):
    """Which end comes first; what has no value is last in both."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class TokenError(ValueError):
    """A page token is none of ours, or of another order."""


@dataclass(frozen=True)
class Chosen:
    """Which rows, in which order."""

    department: str | None = None
    light: str | None = None
    """A light, or `none`."""
    search: str | None = None
    """Part of a name or id, in any case."""
    sort: Sort = Sort.PROJECT
    order: Order = Order.ASCENDING

    def matches(self, row: Row) -> bool:
        """Tell whether a row is one of them."""
        if self.department is not None and row["department"] != self.department:
            return False
        if self.light is not None and (row["light"] or NO_LIGHT) != self.light:
            return False
        wanted = (self.search or "").casefold()
        return not wanted or any(
            wanted in str(row[name] or "").casefold() for name in ("project_id", "project_name")
        )

    def page(
        self, rows: Sequence[Row], after: str | None, limit: int
    ) -> tuple[list[Row], str | None]:
        """Return the rows that follow the token, and the token of the next page, if any."""
        placed = [(self._at(row), row) for row in rows]
        if after is not None:
            last = self._read(after)
            placed = [(at, row) for at, row in placed if self._compare(last, at) < 0]
        by_place = cmp_to_key(self._compare)
        placed.sort(key=lambda one: by_place(one[0]))
        page = [row for _, row in placed[:limit]]
        return page, self._token(page[-1]) if len(placed) > limit else None

    def _at(self, row: Row) -> tuple[Value, str]:
        value = row[self.sort.value]
        if self.sort in {Sort.BUDGET, Sort.SPENT}:
            value = wire_to_fen(value)
        elif self.sort is Sort.LIGHT:
            value = LIGHTS.index(value) if value else None
        return value, row["project_id"]

    def _compare(self, one: tuple[Any, str], two: tuple[Any, str]) -> int:
        (a, a_id), (b, b_id) = one, two
        if a != b:
            if a is None or b is None:
                return 1 if a is None else -1
            sign = 1 if self.order is Order.ASCENDING else -1
            return sign if a > b else -sign
        return (a_id > b_id) - (a_id < b_id)

    def _token(self, row: Row) -> str:
        text = json.dumps([self.sort.value, *self._at(row)], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read(self, token: str) -> tuple[Value, str]:
        try:
            raw = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
            sort, value, name = json.loads(raw)
        except (ValueError, TypeError, RecursionError) as error:
            raise TokenError(token) from error
        named = self.sort in {Sort.PROJECT, Sort.NAME, Sort.DEPARTMENT}
        fits = value is None or type(value) is (str if named else int)
        if sort != self.sort.value or not fits or not isinstance(name, str):
            raise TokenError(token)
        return value, name
