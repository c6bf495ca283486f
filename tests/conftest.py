"""What holds for every test: how hypothesis draws, and which files run in one process."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import measured, sharing

# In CI the same examples every time: a red run is the submission's doing, never chance's.
# `make test-long ARGS=--hypothesis-profile=long` looks further.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True)
def _moves(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold a test to the metrics that it says it moves."""
    marker = request.node.get_closest_marker("moves")
    if marker is None:
        yield
        return
    with measured.moves(*marker.args):
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: object
) -> sharing.TogetherScheduling | None:
    """Keep files together that share a stack."""
    return sharing.scheduler(config, log)
