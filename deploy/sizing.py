"""What a load needs: `python -m deploy.sizing --projects N --events-per-second R`.

The coefficients were measured on small runs (docs/scale.md says how and when); everything else is
multiplication, rounded up. Figures on paper: they say where to begin, not where to end.
"""

import argparse
import dataclasses
import json
import math
import sys
from dataclasses import dataclass
from typing import Final

CPU_MS_PER_EVENT: Final = {
    "intake": 0.77,
    "analysis": 0.55,
    "alerts": 0.67,
    "reporting": 0.13,
    "mongod": 1.18,
    "kafka": 0.42,
}
"""CPU of one event that comes by itself through the HTTP door; in batches it is far less."""
DAY_CPU_MS_PER_PROJECT: Final = {"analysis": 1.75, "alerts": 0.9}
"""CPU of one project when a day opens."""
STORED_BYTES_PER_EVENT: Final = {"intake": 460, "analysis": 220, "alerts": 420, "reporting": 60}
"""Collections with their indexes, of one copy, for as long as a deployment lives."""
TOPIC_BYTES_PER_EVENT: Final = {"ledger": 370, "assessments": 560, "alerts": 120, "others": 610}
"""Segments of one copy; all but `ledger` and `alerts` are thrown away within a year."""
MEMORY_MB: Final = {
    "intake": 320,
    "analysis": 320,
    "alerts": 320,
    "reporting": 320,
    "console": 160,
    "kafka": 1_024,
    "mongod": 2_048,
}
"""Of one process under a backlog, as intake's was measured; with little to do a service takes 115
to 150. Kafka and MongoDB take more where there is more, and use it."""

COPIES: Final = 3
"""Replicas of every topic and members of the replica set."""
BUSY: Final = 0.5
"""Share of a core that a process may use at the peak: the other half is for what comes after a
fault, and for readers."""
INSTANCES_MIN: Final = 2
"""So that one may be lost."""
DAY_SECONDS: Final = 900.0
"""Within which a day that opens is assessed."""
PARTITIONS: Final = (4, 16, 64, 256)
"""Numbers to choose from; docs/scale.md says how to change it later."""
PARTITIONS_PER_INSTANCE: Final = 8
"""So that a service can grow, and shares stay even when one process is lost."""
MONGOD_CORES_MAX: Final = 16.0
"""Above it the projections are sharded."""
EVENTS_PER_PROJECT_YEAR: Final = 200
"""As the city of `dualwatch simulate` has them: payments with all that leads to them, targets,
results, checks."""
SERVICES: Final = ("intake", "analysis", "alerts", "reporting")


@dataclass(frozen=True)
class Load:
    """What is to be carried."""

    projects: int
    events_per_second: float
    """At the peak of the year."""
    years: int = 10
    """For how long disk is reckoned; the ledger is kept for ever."""


@dataclass(frozen=True)
class Plan:
    """What it needs."""

    events_per_year: int
    partitions: int
    instances: dict[str, int]
    """Processes of each service."""
    mongod_cores: float
    """Of the primary (of all primaries together), at the peak."""
    shards: int
    broker_cores: float
    """Of each of three brokers."""
    memory_mb: int
    """Of all processes together."""
    store_gb: int
    """Disk of each member of the replica set (of all shards together)."""
    topics_gb: int
    """Disk of each broker."""
    warnings: tuple[str, ...] = ()


def plan(load: Load) -> Plan:
    """Reckon what a load needs."""
    events = load.projects * EVENTS_PER_PROJECT_YEAR
    instances = {name: _instances(name, load) for name in SERVICES}
    wanted = PARTITIONS_PER_INSTANCE * max(instances.values())
    partitions = next((n for n in PARTITIONS if n >= wanted), PARTITIONS[-1])
    mongod = load.events_per_second * CPU_MS_PER_EVENT["mongod"] / 1_000 / BUSY
    shards = max(1, math.ceil(mongod / MONGOD_CORES_MAX))
    stored = events * load.years * sum(STORED_BYTES_PER_EVENT.values())
    kept = TOPIC_BYTES_PER_EVENT["ledger"] + TOPIC_BYTES_PER_EVENT["alerts"]
    passing = TOPIC_BYTES_PER_EVENT["assessments"] + TOPIC_BYTES_PER_EVENT["others"]
    topics = events * (load.years * kept + passing)
    broker = load.events_per_second * CPU_MS_PER_EVENT["kafka"] / 1_000 / BUSY
    return Plan(
        events_per_year=events,
        partitions=partitions,
        instances=instances,
        mongod_cores=round(mongod, 1),
        shards=shards,
        broker_cores=round(broker, 1),
        memory_mb=_memory(instances, shards),
        store_gb=math.ceil(stored / 1e9),
        topics_gb=math.ceil(topics / 1e9),
        warnings=_warnings(instances, partitions, shards),
    )


def _instances(name: str, load: Load) -> int:
    """Processes that the peak takes and the day that opens meanwhile, each at half its share."""
    peak = load.events_per_second * CPU_MS_PER_EVENT[name] / 1_000 / BUSY
    day = load.projects * DAY_CPU_MS_PER_PROJECT.get(name, 0.0) / 1_000 / DAY_SECONDS / BUSY
    return max(INSTANCES_MIN, math.ceil(peak + day))


def _memory(instances: dict[str, int], shards: int) -> int:
    services = sum(count * MEMORY_MB[name] for name, count in instances.items())
    stores = COPIES * (MEMORY_MB["kafka"] + shards * MEMORY_MB["mongod"])
    return services + INSTANCES_MIN * MEMORY_MB["console"] + stores


def _warnings(instances: dict[str, int], partitions: int, shards: int) -> tuple[str, ...]:
    found = []
    if max(instances.values()) > partitions:
        found.append("more processes than partitions: split it into several deployments")
    elif PARTITIONS_PER_INSTANCE * max(instances.values()) > partitions:
        found.append(
            f"fewer than {PARTITIONS_PER_INSTANCE} partitions for each process: shares are uneven, "
            "and there is little room to grow"
        )
    if shards > 1:
        found.append(f"one primary is not enough: {shards} shards, or as many deployments")
    return tuple(found)


LOADS: Final = {
    "a district": Load(1_000, 5),
    "a city": Load(10_000, 50),
    "a large city": Load(50_000, 300),
    "a province, in one": Load(300_000, 1_500),
    "a province's city, of 15": Load(20_000, 100),
    "a country, in one (on paper)": Load(6_000_000, 30_000),
}
"""Loads of the table in docs/scale.md."""


def table() -> str:
    """Write the table of docs/scale.md."""
    head = (
        "| load | projects | events/s at the peak | events a year | partitions "
        "| intake, analysis, alerts, reporting | MongoDB: cores, shards, GB in 10 years "
        "| broker: cores, GB | memory GB |"
    )
    lines = [head, "|" + "---|" * 9]
    for name, load in LOADS.items():
        found = plan(load)
        counts = ", ".join(f"{found.instances[service]:,}" for service in SERVICES)
        lines.append(
            f"| {name} | {load.projects:,} | {load.events_per_second:,} "
            f"| {found.events_per_year:,} | {found.partitions} | {counts} "
            f"| {found.mongod_cores:,}, {found.shards:,}, {found.store_gb:,} "
            f"| {found.broker_cores:,}, {found.topics_gb:,} | {found.memory_mb / 1_000:,.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print what a load needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, required=True)
    parser.add_argument("--events-per-second", type=float, required=True, help="at the peak")
    parser.add_argument(
        "--years", type=int, default=Load.years, help="for how long disk is reckoned"
    )
    asked = parser.parse_args()
    if min(asked.projects, asked.events_per_second, asked.years) <= 0:
        parser.error("all of them are above zero")
    found = plan(Load(asked.projects, asked.events_per_second, asked.years))
    sys.stdout.write(json.dumps(dataclasses.asdict(found), indent=2) + "\n")


if __name__ == "__main__":
    main()
