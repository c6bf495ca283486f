"""Figures of peers as a table: medians, spread, what an event costs, what a kill left."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.bench.peers.entrants import LIMIT, ORDERED_LIMIT
from tests.bench.peers.judging import EXACT

HEADINGS: Final = (
    *("contender", "events", "events/s (median)", "spread", "runs"),
    *("ratio to the limit", "to the ordered limit", "ratio, weaker guarantee"),
    *("CPU s/100k", "mongod CPU s/100k", "Kafka CPU s/100k", "MB"),
    *("after kill -9", "recovery s", "says"),
)
UNKNOWN: Final = ""

Figure = Mapping[str, Any]
Key = tuple[str, str]


def markdown(figures: Sequence[Figure]) -> str:
    """Lay them out, the fastest first; those that did not run stand below with their reasons."""
    runs = [one for one in figures if "events_per_second" in one]
    keys = sorted(dict.fromkeys(map(key, runs)), key=lambda k: -_rate(runs, k))
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    lines += [f"| {' | '.join(row(figures, one))} |" for one in keys]
    reasons = [f"- {_name(key(one))}: {one['reason']}" for one in figures if "reason" in one]
    return "\n".join(["", *lines, *([""] if reasons else []), *reasons])


def key(figure: Figure) -> Key:
    """Say whose it is."""
    return figure["contender"], figure.get("variant", "")


def row(figures: Sequence[Figure], whose: Key) -> list[str]:
    """Give one contender's row."""
    runs = [one for one in figures if "events_per_second" in one]
    mine = [one for one in runs if key(one) == whose]
    kill = next((one for one in figures if one.get("killed") and key(one) == whose), None)
    rates = [one["events_per_second"] for one in mine]
    # Who promises less stands with those that keep less, even if this one kill did no harm.
    exact = mine[0]["claim"].startswith(EXACT) and (kill is None or kill["guarantee"] == EXACT)
    to_limit, to_ordered = ratio(runs, whose, (LIMIT, "")), ratio(runs, whose, (ORDERED_LIMIT, ""))
    return [
        _name(whose),
        f"{mine[0]['events']:,}",
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f}–{max(rates):,.0f}",
        str(len(mine)),
        _ratio(to_limit if exact else None),
        _ratio(to_ordered if exact else None),
        _ratio(None if exact else to_limit),
        *(_cost(mine, name) for name in ("cpu", "mongod_cpu", "kafka_cpu")),
        str(max(one["rss_mb"] for one in mine)),
        kill["guarantee"] if kill else "not tried",
        f"{kill['recovery_seconds']:.1f}" if kill else UNKNOWN,
        mine[0]["claim"],
    ]


def ratio(runs: Sequence[Figure], whose: Key, other: Key) -> float | None:
    """Compare two contenders' medians; None if one of them did not run."""
    found = [_rate(runs, one) for one in (whose, other)]
    return found[0] / found[1] if all(found) else None


def _rate(runs: Sequence[Figure], whose: Key) -> float:
    rates = [one["events_per_second"] for one in runs if key(one) == whose]
    return statistics.median(rates) if rates else 0.0


def _ratio(found: float | None) -> str:
    if found is None:
        return UNKNOWN
    return f"{found:.2f}" if found >= 0.1 else f"{found:.3f}"


def _cost(mine: Sequence[Figure], name: str) -> str:
    spent = [100_000 * one[f"{name}_seconds"] / one["events"] for one in mine]
    return f"{statistics.median(spent):.2f}"


def _name(whose: Key) -> str:
    contender, variant = whose
    return f"{contender} ({variant})" if variant else contender
