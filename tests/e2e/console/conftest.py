"""One running stack for all tests of the console, and a Chromium for each file of them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from deploy.local.stack import Stack
from tests.e2e.console.world import ANSWER_SECONDS, NOBODY_IS_LET_IN, World, made
from tests.support.browser import NoBrowserError, browser
from tests.support.stack import free_ports_from


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """Start everything once: what there is and who works there (`world.py`)."""
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-console-") as folder,
        httpx.Client(timeout=ANSWER_SECONDS) as http,
        Stack(
            Path(folder) / "data", ports_from=free_ports_from(), environ=NOBODY_IS_LET_IN
        ) as stack,
    ):
        yield made(stack, http)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium; a machine without one fails with a sentence that says how to get it."""
    try:
        with browser() as started:
            yield started
    except NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
