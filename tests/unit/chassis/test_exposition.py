"""Metrics as we write them are the metrics that prometheus_client writes."""

from typing import Any, Final

import pytest
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from services.chassis import metrics
from services.chassis.exposition import written

HOSTILE: Final = 'a "b" \\ c\nd 预算'


@pytest.fixture
def registry() -> tuple[CollectorRegistry, list[Any]]:
    """One of each kind, with and without labels."""
    found = CollectorRegistry()
    counter = metrics.BoundedCounter(
        "c_total", f"Says {HOSTILE}.", ("topic", "rule"), registry=found
    )
    gauge = metrics.BoundedGauge("g", "Says.", registry=found)
    plain = metrics.BoundedCounter("plain_total", "Says.", registry=found)
    histogram = metrics.BoundedHistogram("h", "Says.", ("topic",), registry=found, buckets=(1, 2.5))
    counter.labels(HOSTILE, "r").inc(3)
    counter.labels("t", "").inc(1e12)
    gauge.set(-0.25)
    for amount in (0.5, 2.0, 2.0, 99.0):
        histogram.labels("t").observe(amount, {"correlation_id": f"id-{amount}"})
    unlabelled = metrics.BoundedHistogram("u", "Says.", registry=found, buckets=(1,))
    return found, [counter, gauge, plain, histogram, unlabelled]


def families(found: Any) -> list[Any]:
    """Give what a parser found: names, kinds, samples with their exemplars, in their order."""
    return [
        (
            family.name,
            family.documentation,
            family.type,
            sorted(
                (s.name, sorted(s.labels.items()), s.value, str(s.exemplar and s.exemplar[:2]))
                for s in family.samples
            ),
        )
        for family in found
    ]


def test_the_text_format_is_the_librarys(registry: tuple[CollectorRegistry, list[Any]]) -> None:
    """Every name, label, value and sentence."""
    found, collectors = registry
    ours = written(collectors, openmetrics=False)
    theirs = exposition.generate_latest(found).decode()

    assert families(text_string_to_metric_families(theirs)) == families(
        text_string_to_metric_families(ours)
    )


def test_openmetrics_is_the_librarys_with_its_exemplars(
    registry: tuple[CollectorRegistry, list[Any]],
) -> None:
    """Also when it is written again from what was kept."""
    found, collectors = registry
    theirs = openmetrics.generate_latest(found).decode()  # type: ignore[no-untyped-call]
    parse: Any = openmetrics_parser.text_string_to_metric_families

    first, second = (written(collectors, openmetrics=True) + "# EOF\n" for _ in range(2))
    assert families(parse(theirs)) == families(parse(first))
    assert first == second
    assert 'correlation_id="id-99.0"' in first


def test_all_that_is_declared_is_written() -> None:
    """Both parts together are what the registry holds."""
    text, _ = metrics.exposition("application/openmetrics-text;version=1.0.0")
    parse: Any = openmetrics_parser.text_string_to_metric_families
    names = [family.name for family in parse(text.decode())]

    assert sorted(names) == sorted(family.name for family in metrics.REGISTRY.collect())
