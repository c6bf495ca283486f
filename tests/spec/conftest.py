"""Every specification runs twice: on the pure fold, and on real Kafka and MongoDB."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from tests.spec.engines import Engine, PureEngine
from tests.spec.real_engine import RealEngine
from tests.support.stack import free_ports_from


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let July come first: it takes as long as all other articles together."""
    items.sort(key=lambda item: item.path.name != "test_july_campaign.py")


@pytest.fixture(scope="session")
def running() -> Iterator[Stack]:
    """Intake and analysis, started once for all specifications."""
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-spec-") as folder,
        Stack(
            Path(folder) / "data", ports_from=free_ports_from(), services=("intake", "analysis")
        ) as stack,
    ):
        yield stack


@pytest.fixture(params=["pure", pytest.param("real", marks=pytest.mark.integration)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """What a specification is run on."""
    if request.param == "pure":
        yield PureEngine()
        return
    real = RealEngine(request.getfixturevalue("running").endpoints())
    yield real
    real.close()
