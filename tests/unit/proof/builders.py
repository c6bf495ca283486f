"""Lines as runs record them, small."""

from typing import Any

from tests.proof.reading import Lines

COMMON: dict[str, Any] = {"date": "2026-12-01", "commit": "abc123"}


RECALLED: dict[str, Any] = {
    "seeds": ["0000002a"],
    "projects": 100,
    "first": "2026-01-01",
    "last": "2027-01-31",
    "hundred_project_months": 13.0,
    "not_covered": {},
}
"""What a line of recalled deviations says beside its rules."""


def rule_row(**changes: Any) -> dict[str, Any]:
    """Make the figure of one rule: two were planted and raised in time."""
    counted = {"planted": 2, "in_time": 2, "raised": 3, "false": 1, "false_information": 0}
    return {"rule": "over_budget", **counted, "late": [], "missed": [], **changes}


def day(**changes: Any) -> dict[str, Any]:
    """Make the figure of a day that was opened."""
    told = {"day": "2026-07-01", "projects": 10_000, "seconds": 45.0, "sweep_seconds": 30.0}
    costs = {"evaluations": 350_000, "alerts_cpu_us_per_evaluation": 61.0}
    return {**told, **costs, "cpu_seconds": {"alerts": 21.4}, **changes}


def run(seed: int = 1, **changes: Any) -> dict[str, Any]:
    """Make the line of a run under faults."""
    return {
        **COMMON,
        "seed": seed,
        "events": 1_000,
        "faults": 3,
        "days": 5,
        "minutes": None,
        "broken": None,
        "only": None,
        "effective_faults": 3,
        "kinds": {"kill a service": 2, "cut connections": 1},
        "without_effect": 0,
        "counts": {"events": 1_010, "faults: exactly once": 0},
        "recovery_seconds": 2.5,
        "compared": 9_000,
        "differences": 0,
        "seconds": 60,
        **changes,
    }


def peer(contender: str, rate: float, variant: str = "", **more: Any) -> dict[str, Any]:
    """Make the figure of one run of the common job."""
    told = {"contender": contender, "variant": variant, "events_per_second": rate}
    return {**told, "seconds": 2.0, "cpu_seconds": 3.0, "rss_mb": 100, "round": 1, **more}


def kill(contender: str, guarantee: str, variant: str = "") -> dict[str, Any]:
    """Make the figure of a contender that was killed."""
    told = {"contender": contender, "variant": variant, "killed": True, "guarantee": guarantee}
    return {**told, "recovery_seconds": 4.0}


def cost(subject: str, value: float | None, projects: int, entries: int, **more: Any) -> Any:
    """Make a figure of growth."""
    told = {"subject": subject, "value": value, "projects": projects, "entries": entries}
    return {**told, "instances": 1, "unit": "ms", "n": 1, **more}


def timing(stage: str, p50: float, kind: str = "product") -> dict[str, Any]:
    """Make a figure of latency."""
    told = {"stage": stage, "kind": kind, "n": 10, "p50_ms": p50, "p90_ms": 2 * p50}
    return {**told, "p99_ms": 3 * p50, "max_ms": 4 * p50}


def stage(name: str, contender: str, rate: float, cpu: float) -> dict[str, Any]:
    """Make a figure of a stage beside its limit."""
    told = {"stage": name, "contender": contender, "events": 1_000, "events_per_second": rate}
    return {**told, "cpu_seconds": cpu, "mongod_cpu_seconds": 0.0}


def took(p50: float) -> dict[str, float]:
    """Make percentiles of milliseconds."""
    return {"n": 100, "p50_ms": p50, "p90_ms": 2 * p50, "p99_ms": 3 * p50, "max_ms": 4 * p50}


def way(what: str, seconds: float, **more: Any) -> dict[str, Any]:
    """Make the figure of a round from the door, or of a rebuild: 1,000 entries."""
    told = {"what": what, "entries": 1_000, "seconds": seconds, "cpu_seconds": 0.8 * seconds}
    return {**told, "mongod_cpu_seconds": 0.2 * seconds, **more}


def answer(question: str, p50: float) -> dict[str, Any]:
    """Make the figure of a question."""
    return {"question": question, **took(p50), "of_bare": 1.5}


def shown(page: str, p50: float, *, promised: bool = True, **more: Any) -> dict[str, Any]:
    """Make the figure of a kind of page."""
    sizes = {"warm_bytes": 20_000, "plain_bytes": 120_000, "cold_bytes": 900_000}
    return {"page": page, "promised": promised, **took(p50), "cpu_ms": 30.0, **sizes, **more}


def crowd(readers: int, p50: float, bad: int = 0) -> dict[str, Any]:
    """Make the figure of a crowd of readers."""
    return {"crowd": f"{readers}, {bad} bad", "readers": readers, "bad": bad, **took(p50)}


def receivers(p50: float, dead: int = 0, *, whole: bool = True) -> dict[str, Any]:
    """Make the figure of receivers of webhooks."""
    return {"receivers": 90, "dead": dead, **took(p50), "whole": whole}


def scraped(service: str, p99: float) -> dict[str, Any]:
    """Make the figure of a service that was scraped."""
    return {"service": service, "lines": 900, "n": 200, "p50_ms": p99 / 2, "p99_ms": p99}


def silenced(name: str, share: float) -> dict[str, Any]:
    """Make the figure of a stage with and without metrics."""
    told = {"stage": name, "rounds": 4, "events_per_second": 980, "silenced_per_second": 1_000}
    return {**told, "share": share, "cpu_share": share / 2}


def services() -> dict[str, Any]:
    """Make lines of the benches of running services, as good as was asked."""
    chained = {"stage": "rate", "held": True, "of_chain": 2.5}
    failover = {"holds": True, "seconds": 9.5, "lost": 0, "doubled": 0}
    return {
        "rebuild": [
            line(
                *(way("door to projection", seconds) for seconds in (1.0, 1.1, 0.9)),
                *(way("rebuild", seconds, whole_seconds=2.0) for seconds in (0.2, 0.3, 0.25)),
                events=996,
                projects=10,
            )
        ],
        "reading": [
            line(answer("overview", 20.0), answer("project", 5.0), projects=10_000, rate=50)
        ],
        "feeds": [
            line(crowd(10, 1.0), crowd(1_000, 9.0), crowd(1_000, 12.0, 10), crowd(1_000, 10.0))
        ],
        "webhooks": [line(receivers(10.0), receivers(12.0, 10), targets=100)],
        "forms": [
            line(
                {"contender": "product", "cpu_seconds": 12.0},
                {"contender": "limit", "cpu_seconds": 10.0},
                {"turns": 40, "of_limit": 1.2},
                forms=1_000,
                cells=300_000,
            )
        ],
        "pages": [
            line(
                shown("overview", 90.0),
                shown("why of a sum", 400.0, promised=False),
                projects=10_000,
                rate=10,
            )
        ],
        "seen": [line({"page": "project", "seconds": 0.4})],
        "metrics": [line(scraped("intake", 12.0), scraped("intake, full", 40.0),
                         silenced("ledger", 0.012), silenced("projection", 0.02))],
        "drills": [line({"drill": f"failover: {part}", **failover}) for part in ("kafka", "mongo")],
        "latency": [line(timing("feed", 200.0), chained, rate=500)],
        "coverage": 80.2,
    }  # fmt: skip


def line(*figures: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Make a line of a bench."""
    machine = {"cores": 2, "processor": "some", "gib": 23, "load": 0.1}
    return {**COMMON, "machine": machine, **about, "figures": list(figures)}


def full() -> Lines:
    """Make lines of everything, as good as was asked."""
    memory = [{"service": "intake-1", "first_mb": 100, "last_mb": 104, "slope_mb_per_hour": 8}]
    soak = {"seconds": 1_800, "achieved": 301, "memory": memory, "lag_max": 50, "lag_bound": 90}
    alerts = {"boundaries": 10, "missing": 0, "extra": 0}
    kinds = {f"kind {number}": 10 for number in range(8)}
    runs = [
        run(seed, events=200_000, counts={"events": 210_000}, effective_faults=60, kinds=kinds,
            alerts=alerts, recoveries=[0.5, 3.0, 12.0])
        for seed in range(10)
    ]  # fmt: skip
    runs.append(run(77, soak=soak, alerts=alerts))
    rates = {"limit": 1_000, "limit, ordered": 990, "product": 900, "bytewax": 500, "faust": 40}
    figures = [peer(name, rate) for name, rate in rates.items()]
    figures += [kill(name, "exact") for name in ("limit", "limit, ordered", "product", "bytewax")]
    figures += [kill("faust", "doubled 1,600"), {"contender": "flink", "reason": "no wheel"}]
    for variant, rate in (("defaults", 500), ("tuned", 700)):
        figures.append(peer("kafka-streams", rate, variant))
    figures.append(peer("quix", 150, "own sink"))
    growth = [
        cost(subject, value * size**0.02, 1_000 * size, 10_000 * size)
        for subject, value in (("fold", 0.02), ("rebuild", 0.03), ("pages", 14.0))
        for size in (1, 10, 100)
    ]
    latency = [timing(name, 5.0 * n) for n, name in enumerate(("door", "ledger", "feed"), 1)]
    running = services()
    chained = running.pop("latency")
    upgrade = line({"drill": "upgrade", "holds": True, "seconds": 9, "what": "all there"})
    running["drills"].append(upgrade)
    return Lines(
        runs=runs,
        peers=[line(*figures, events=200_000, projects=5_000, partitions=6)],
        stages=[
            line(
                *(
                    stage("ledger", who, rate, 1.0)
                    for who, rate in (("product", 60), ("limit", 80))
                ),
                *(stage("projection", who, 40, 2.0) for who in ("product", "limit")),
            )
        ],
        **running,
        latency=[
            line(*latency, {"stage": "rate", "held": True}, rate=100),
            *chained,
            line(*latency, {"stage": "rate", "held": True}, rate=500),
        ],
        growth=[line(*growth)],
        recall=[line(rule_row(), **RECALLED)],
        opening=[line(day(), projects=10_000)],
        profiles=[line({"what": "json", "share": 0.31}, stage="ledger", when="before", seconds=9)],
    )
