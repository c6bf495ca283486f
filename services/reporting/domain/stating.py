"""What a form states to the ledger: typed results, own funds (domain-rules 20).

Ids are derived from the paper, the row and the versions of the fields that say it: the same
statement is the same fact however often it is tried, and what is typed again later is another.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.codec import new_event
from contracts.envelope import AnyEvent, Data
from contracts.events.analysis import LineFigures
from contracts.events.intake import (
    WITHDRAWN_MAX,
    Classification,
    ExpenditureRecorded,
    ExpenditureReversed,
    TargetProgressReported,
    TargetProgressWithdrawn,
)
from contracts.vocabulary import Channel, fen_to_wire
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.declaration import IndicatorStatement, parts_of
from services.reporting.domain.filled import Figures, own_lines
from services.reporting.domain.paper import Paper
from services.reporting.domain.telling import SOURCE

UNIT_FORM: Final = "unit_form"
"""`source_kind` of what was typed on a form."""
CORRECTED: Final = "监控表更正单位资金执行数"
"""Why own funds are reversed: the form says less than the ledger."""
CLEARED: Final = "监控表撤回已填报的完成情况"
"""Why results are taken back: their cell was cleared."""
DISCARDED: Final = "discarded"
"""State of an entry of the quarantine that will not be in the ledger."""
RESULT_FIELDS: Final = frozenset({"result", "evidence"})
OWN_FIELDS: Final = frozenset({"own_spent"})
INDICATOR_ROWS: Final = "indicators/"
"""How rows begin that state results."""
STATED_TYPES: Final = frozenset(
    kind.event_type()
    for kind in (
        ExpenditureRecorded,
        ExpenditureReversed,
        TargetProgressReported,
        TargetProgressWithdrawn,
    )
)
"""Types of what a form states."""
_DIGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Stated:
    """What a paper has stated so far."""

    rows: Mapping[str, str] = field(default_factory=dict)
    """Row, such as `indicators/I1` → id of its last statement."""
    waiting: tuple[str, ...] = ()
    """Ids of facts that its figures do not show yet."""
    version: int = 0
    """Number of its last change; 0: nothing is kept."""
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Row of an indicator → ids of the results that it has stated and not taken back."""


@dataclass(frozen=True, slots=True)
class KeptApart:
    """A stated fact that intake keeps in its quarantine (domain-rules 4)."""

    entry: str
    """Id of the quarantine's entry."""
    state: str
    """open, released or discarded."""
    code: str
    """Code of the problem for which it was refused."""
    title: str
    title_zh: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of a form whose statement was refused."""

    row: str
    """Such as `indicators/I1`."""
    kept: KeptApart

    @property
    def pointer(self) -> str:
        """Name the field that says it."""
        return f"/{self.row}/{'own_spent' if _is_money(self.row) else 'result'}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One row's statement."""

    row: str
    id: str
    event: AnyEvent | None
    """The fact; null: the ledger says so already."""
    takes_back: bool = False
    """Whether it takes back what its row has stated."""


def wanted_rows(paper: Paper) -> dict[str, str]:
    """Name what a draft states: row → id of the statement, by the versions of its fields."""
    declaration = paper.declaration
    found = {
        f"indicators/{name}": _id(paper, "indicators", name, RESULT_FIELDS)
        for name, said in declaration.indicators.items()
        if said.result is not None
    }
    found |= {
        f"funding/{key}": _id(paper, "funding", key, OWN_FIELDS)
        for key, said in declaration.funding.items()
        if said.own_spent is not None
    }
    return found


def unstated(paper: Paper, stated: Stated) -> dict[str, str]:
    """Name what of it was not stated yet, and what is to be taken back."""
    wanted = wanted_rows(paper)
    new = {row: name for row, name in wanted.items() if stated.rows.get(row) != name}
    return new | withdrawals(paper, stated)


def withdrawals(paper: Paper, stated: Stated) -> dict[str, str]:
    """Name the rows that were stated and are cleared now: row → id of what takes it back."""
    wanted = wanted_rows(paper)
    return {
        row: _digest(paper.id, row, *facts)
        for row, facts in stated.results.items()
        if facts and row not in wanted
    }


def awaited(paper: Paper, stated: Stated) -> frozenset[str]:
    """Name the facts that the figures must show first.

    A result that was typed over is not waited for: the next one replaces it. Own funds are, for the
    next fact is the difference to what the ledger says, and this one will still be added to it;
    and what a cleared row said last: a result, to be named when it is taken back, or just that.
    """
    wanted = wanted_rows(paper)
    others = (name for row, name in stated.rows.items() if _is_money(row) or row not in wanted)
    return frozenset(stated.waiting) & {*wanted.values(), *others}


def refused_rows(
    paper: Paper, stated: Stated, kept: Mapping[str, KeptApart]
) -> tuple[RefusedRow, ...]:
    """Name the rows whose last statement was refused and stands in the way.

    What the desk has discarded stands in the way of what it said only: typed over, it is forgotten.
    """
    rows = wanted_rows(paper)
    wanted = set(rows.values())
    wanted |= {
        stated.rows[row] for row, facts in stated.results.items() if not facts and row not in rows
    }
    return tuple(
        RefusedRow(row, kept[name])
        for row, name in sorted(stated.rows.items())
        if name in kept and (name in wanted or kept[name].state != DISCARDED)
    )


def without(stated: Stated, kept: Mapping[str, KeptApart]) -> Stated:
    """Wait no more for what was discarded."""
    waiting = tuple(
        name for name in stated.waiting if name not in kept or kept[name].state != DISCARDED
    )
    return replace(stated, waiting=waiting, version=stated.version + 1)


def arrived(stated: Stated) -> Stated:
    """Wait for nothing more: the figures show it."""
    return replace(stated, waiting=(), version=stated.version + 1)


def own_funds(rows: Mapping[str, str]) -> bool:
    """Whether own funds are among rows: their difference is taken from fresh figures."""
    return any(map(_is_money, rows))


def _is_money(row: str) -> bool:
    return row.startswith("funding/")


def statements(
    campaign: Campaign,
    paper: Paper,
    figures: Figures,
    rows: Mapping[str, str],
    back: Mapping[str, tuple[int, ...]],
) -> tuple[Statement, ...]:
    """Make the facts of rows; `figures` are fresh where own funds are among them.

    `back`: row that was cleared → the entries of the ledger that are taken back.
    """
    declaration = paper.declaration
    lines = {line.line: line for line in own_lines(figures.latest)}
    found: list[Statement] = []
    for row, name in sorted(rows.items()):
        block, _, key = row.partition("/")
        data: Data | None = None
        if row in back:
            data = _withdrawal(campaign, key, back[row])
        elif block == "indicators":
            data = _result(campaign, key, declaration.indicators[key])
        elif key in lines:
            spent = declaration.funding[key].own_spent
            data = _difference(campaign, lines[key], spent or 0)
        event = None
        if data is not None:
            event = new_event(
                data,
                event_id=name,
                source=SOURCE,
                subject=paper.project or "",
                time=_saved(paper, block, key),
            )
        found.append(Statement(row, name, event, takes_back=row in back))
    return tuple(found)


def after(stated: Stated, made: tuple[Statement, ...], keep: frozenset[str]) -> Stated:
    """Note what was stated; of what was waited for before, `keep` still is."""
    rows = {**stated.rows, **{each.row: each.id for each in made}}
    facts = tuple(each.id for each in made if each.event is not None)
    results = dict(stated.results)
    for each in made:
        if not _is_money(each.row):
            before = () if each.takes_back else (*results.get(each.row, ()), each.id)
            results[each.row] = before[-WITHDRAWN_MAX:]
    return Stated(rows, (*sorted(keep), *facts), stated.version + 1, results)


def _result(campaign: Campaign, indicator: str, said: IndicatorStatement) -> Data | None:
    result = said.result
    if result is None:
        return None
    return TargetProgressReported(
        date=result.on or campaign.cut_off,
        fiscal_year=campaign.fiscal_year,
        indicator=indicator,
        value_text=result.value_text,
        value=result.value,
        value_date=result.value_date,
        grade=result.grade,
        source_kind=UNIT_FORM,
        evidence=said.evidence,
    )


def _withdrawal(campaign: Campaign, indicator: str, entries: tuple[int, ...]) -> Data | None:
    if not entries:
        return None
    # From the first day of the period on: a result may stand for any day of it.
    return TargetProgressWithdrawn(
        date=campaign.period_from,
        fiscal_year=campaign.fiscal_year,
        indicator=indicator,
        entries=entries,
        source_kind=UNIT_FORM,
        reason=CLEARED,
    )


def _difference(campaign: Campaign, line: LineFigures, spent: int) -> Data | None:
    difference = spent - line.money.spent
    told: dict[str, Any] = {
        "date": campaign.cut_off,
        "fiscal_year": campaign.fiscal_year,
        "channel": Channel.OWN_FUNDS,
        "line": line.line,
        "unit": line.unit,
        "source_kind": UNIT_FORM,
    }
    if difference > 0:
        classes = Classification(
            function=line.function, government_economic=line.government_economic
        )
        # One fact for many payments of half a year: no voucher that looks split or round.
        more = {"account": line.account, "classification": classes, "batch": True}
        wire = {"amount": fen_to_wire(difference)}
        return ExpenditureRecorded.model_validate({**told, **more, **wire})
    if difference < 0:
        wire = {"amount": fen_to_wire(-difference)}
        return ExpenditureReversed.model_validate({**told, "reason": CORRECTED, **wire})
    return None


def _fields(paper: Paper, block: str, key: str, names: frozenset[str]) -> Iterator[str]:
    for pointer in sorted(paper.draft):
        parts = parts_of(pointer)
        if parts[:2] == [block, key] and (len(parts) == 2 or parts[2] in names):  # noqa: PLR2004 - a whole row
            yield pointer


def _id(paper: Paper, block: str, key: str, names: frozenset[str]) -> str:
    said = [f"{each}#{paper.draft[each].version}" for each in _fields(paper, block, key, names)]
    return _digest(paper.id, block, key, *said)


def _digest(*parts: str) -> str:
    text = "\0".join(parts)
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST, person=b"unit form").hexdigest()


def _saved(paper: Paper, block: str, key: str) -> dt.datetime:
    names = RESULT_FIELDS if block == "indicators" else OWN_FIELDS
    return max(paper.draft[each].at for each in _fields(paper, block, key, names))
