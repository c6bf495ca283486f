"""All services and the console for real, with a small city of two weeks."""

from collections.abc import Iterator

import httpx
import pytest

from deploy.local.stack import Stack
from services.cli.client import Client
from services.cli.demo_city import load_city
from services.cli.places import places_of
from tests.integration.console.running import ANSWER_SECONDS, CITY, Seen
from tests.support.stack import free_ports_from


@pytest.fixture(scope="package")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Start everything, publish the city, look at the console."""
    folder = tmp_path_factory.mktemp("console") / "data"
    with Stack(folder, ports_from=free_ports_from()) as stack:
        endpoints = stack.endpoints()
        with Client(places_of(endpoints)) as client:
            city = load_city(client, CITY)
        headers = {"Authorization": f"Bearer {endpoints.key}"}
        with (
            httpx.Client(base_url=endpoints.console, timeout=ANSWER_SECONDS) as browser,
            httpx.Client(headers=headers, timeout=ANSWER_SECONDS) as api,
        ):
            yield Seen(stack, browser, api, city)


@pytest.fixture(autouse=True)
def forgotten(seen: Seen) -> None:
    """Let each test begin with a browser that has chosen nothing."""
    seen.browser.cookies.clear()
