"""`python -m tests.bench.unmeasured SERVICE`: a service as it is, but its metrics do nothing.

Nothing is counted, observed or set, no label is looked up and no exemplar is read.
"""

import runpy
import sys
from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram

from services.chassis import distances, metrics


def _nothing(*_given: Any, **_named: Any) -> None:
    """Do nothing."""


def _itself(metric: Any, *_given: Any, **_named: Any) -> Any:
    """Be one's own child."""
    return metric


MOVED: Final = ((Counter, ("inc",)), (Gauge, ("inc", "dec", "set")), (Histogram, ("observe",)))


def main() -> None:
    """Silence all metrics, then run the service that is named."""
    for kind, ways in MOVED:
        for way in ways:
            setattr(kind, way, _nothing)
    for way, silent in (("labels", _itself), ("remove", _nothing)):
        setattr(metrics._Bounded, way, silent)
    for way in ("observe", "exemplar_of", "exemplar_in"):
        setattr(distances, way, _nothing)
    service = sys.argv.pop(1)
    runpy.run_module(f"services.{service}", run_name="__main__")


if __name__ == "__main__":
    main()
