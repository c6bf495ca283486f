"""Every metric is moved by something, and no label grows without end."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from services.chassis import metrics
from tests.support.tables import STAGES, catalogue, stage_of

TESTS: Final = Path(__file__).parents[2]
DEMO: Final = TESTS / "integration" / "test_metrics.py"
"""Works for a day on the whole stack, and scrapes it."""
MARK: Final = re.compile(r"mark\.moves\(([^)]*)\)")
NAME: Final = re.compile(r'"((?:dualwatch|process|python)_\w+)"')
FORBIDDEN: Final = frozenset(
    {
        "project",
        "subject",
        "unit",
        "organisation",
        "department",
        "jurisdiction",
        "person",
        "principal",
        "publisher",
        "user",
        "key",
        "id",
        "path",
        "address",
        "alert",
        "paper",
        "campaign",
        "event",
        "file",
    }
)
"""What would tell of somebody, or have as many values as there is data."""
NEVER: Final = frozenset({"python_gc_objects_uncollectable_total"})
"""What only a fault in somebody's C code moves."""
FLOOD: Final = 5_000
BUCKETS_MAX: Final = 20


def drivers() -> dict[str, list[str]]:
    """Find which files move which metrics: those of a good day, and the tests that say so."""
    found = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        text = file.read_text("utf-8")
        given = [text] if file == DEMO else MARK.findall(text)
        for name in NAME.findall(" ".join(given)):
            found[name].append(str(file.relative_to(TESTS)))
    return found


def test_each_metric_is_moved_by_the_demo_or_by_a_test() -> None:
    """One that nobody drives may be wrong for years; one that is gone is driven by nobody."""
    known = {declared.name for declared in catalogue()}
    driven = drivers()

    assert set() == known - driven.keys() - NEVER, "metrics that nothing moves"
    assert set() == driven.keys() - known, "names that no metric has"


def test_no_label_tells_of_anybody() -> None:
    """Every label is one of the list, and none of those that would grow with the data."""
    for declared in catalogue():
        assert set(declared.labels) <= metrics.LABELS.keys(), declared.name
    assert set() == FORBIDDEN & metrics.LABELS.keys()
    assert set() == metrics.LABELS.keys() - {
        label for declared in catalogue() for label in declared.labels
    }


def test_a_label_that_is_not_of_the_list_cannot_be_declared() -> None:
    """Nor by mistake."""
    with pytest.raises(ValueError, match="no such label: project"):
        metrics.counter("dualwatch_wrong_total", "Wrong.", ("topic", "project"))


@pytest.mark.parametrize("label", [name for name, bound in metrics.LABELS.items() if bound])
def test_values_from_outside_are_bounded(label: str) -> None:
    """What is beyond the bound is counted together, and nothing is lost."""
    registry = CollectorRegistry()
    counter = metrics.BoundedCounter("flooded", "All.", (label,), registry=registry)
    for number in range(FLOOD):
        counter.labels(f"value-{number}").inc()
    samples = [one for family in registry.collect() for one in family.samples]

    assert metrics.LABELS[label] + 1 == len(samples)
    assert FLOOD == sum(sample.value for sample in samples)
    assert FLOOD - metrics.LABELS[label] == max(sample.value for sample in samples)


def test_what_is_removed_frees_no_place() -> None:
    """A topic that comes and goes does not push others out, nor let more in."""
    gauge = metrics.BoundedGauge("left", "All.", ("topic",), registry=CollectorRegistry())
    for number in range(FLOOD):
        gauge.labels(f"topic-{number}").set(1)
        gauge.remove(f"topic-{number}")
    gauge.labels("topic-0").set(1)
    gauge.labels("another").set(1)

    assert {("topic-0",), (metrics.OTHER,)} == set(gauge._metrics)


def test_buckets_are_few_and_rise() -> None:
    """A histogram has a series for each, times its labels."""
    for buckets in (metrics.SECONDS_BUCKETS, metrics.DISTANCE_BUCKETS, metrics.WORK_BUCKETS):
        assert sorted(buckets) == list(buckets)
        assert len(buckets) <= BUCKETS_MAX


def test_every_metric_stands_below_a_heading() -> None:
    """And every heading has some."""
    assert {title for title, _ in STAGES} == {stage_of(found.name) for found in catalogue()}


@pytest.mark.parametrize(
    ("correlation", "trace", "expected"),
    [
        (None, None, None),
        ("a-1", None, {"correlation_id": "a-1"}),
        ("张三 paid 5", None, None),
        ("x" * 65, "0" * 31, None),
        ("a\n", "0" * 32 + "\n", None),
        ("a", "0af7651916cd43dd8448eb211c80319c", {
            "correlation_id": "a", "trace_id": "0af7651916cd43dd8448eb211c80319c",
        }),
    ],
)  # fmt: skip
def test_exemplars_hold_ids_of_ours_alone(
    correlation: str | None, trace: str | None, expected: dict[str, str] | None
) -> None:
    """Whatever somebody sends as one."""
    assert expected == metrics.exemplar(correlation, trace)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics"),
        ("text/plain;version=0.0.4", "text/plain"),
        ("", "text/plain"),
        ("*/*", "text/plain"),
    ],
)
def test_the_format_is_the_one_that_is_asked_for(accept: str, kind: str) -> None:
    """OpenMetrics ends with its mark; both name every metric."""
    text, content_type = metrics.exposition(accept)

    assert content_type.startswith(kind)
    assert kind.startswith("application") == text.endswith(b"# EOF\n")
    assert b"dualwatch_batch_seconds" in text
