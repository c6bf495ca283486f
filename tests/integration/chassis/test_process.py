"""A service as a process: ready, counted, stopped by a signal, ended by a part that dies."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from services.chassis.mongo import Mongo
from services.chassis.publisher import Publisher
from tests.integration.chassis.folding import Place, halted
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration
KEY = "a key of sufficient length"
DATABASE = "dualwatch_counting"
STOP_SECONDS = 10
RESTART_SECONDS = 60
RANGE = range(300)


@pytest.fixture(autouse=True)
async def _empty_database(place: Place) -> None:
    """Begin without what the test before has counted."""
    mongo = Mongo(place.mongo, DATABASE)
    await mongo.client.drop_database(DATABASE)
    mongo.close()


@dataclass
class Process:
    """A running service."""

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path

    def log(self) -> str:
        """Give what it has logged so far."""
        return self.log_file.read_text()

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask it."""
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.get(self.url + path, headers=headers, timeout=15, **options)

    def is_ready(self) -> bool:
        """Whether it says so."""
        return self.answers("/readyz") == 200

    def answers(self, path: str) -> int:
        """Give the status of an answer, 0 while there is none."""
        try:
            return self.get(path).status_code
        except httpx.TransportError:
            return 0

    def signalled(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal; give the exit code and the seconds until then."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(STOP_SECONDS)
        return code, time.monotonic() - began


@contextlib.contextmanager
def running(place: Place, **settings: str) -> Iterator[Process]:
    """Run the counting service on a free port."""
    port = free_ports_from()
    environ = {
        "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": place.kafka.bootstrap_servers,
        "DUALWATCH_MONGO__URL": place.mongo.url,
        "DUALWATCH_KEY": KEY,
        "DUALWATCH_LOG__FORMAT": "json",
        "DUALWATCH_COUNTING__PORT": str(port),
        "DUALWATCH_COUNTING__TOPIC": place.topic,
        **settings,
    }
    inherited = {name: value for name, value in os.environ.items() if "DUALWATCH" not in name}
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.integration.chassis.counting"),
            env=inherited | environ,
            stderr=log,
        )
        try:
            yield Process(process, f"http://127.0.0.1:{port}", Path(log.name))
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
async def test_counts_until_it_is_told_to_stop(
    place: Place, publisher: Publisher, number: signal.Signals
) -> None:
    """Exit code 0, soon, and nothing half done."""
    await place.create()
    await place.publish(publisher, RANGE)
    with running(place) as service:
        eventually(service.is_ready, RESTART_SECONDS)
        eventually(lambda: service.get("/v1/count").json() == {"count": len(RANGE)})
        handled = f'{{topic="{place.topic}",group="group.{place.topic}"}} {len(RANGE)}'
        eventually(
            lambda: f"dualwatch_records_handled_total{handled}" in service.get("/metrics").text
        )
        assert service.get("/livez").is_success

        code, seconds = service.signalled(number)

    assert code == 0
    assert seconds < STOP_SECONDS / 2


async def test_a_part_that_dies_ends_the_process(place: Place) -> None:
    """Exit code 70: whoever supervises it starts it again."""
    await place.create()
    with running(place, DUALWATCH_COUNTING__FAIL="true") as service:
        code = service.process.wait(60)
        log = service.log()

    assert code == 70
    assert "as it was told" in log


def test_wrong_settings_are_told_all_at_once(place: Place) -> None:
    """Exit code 78: starting again would not help."""
    wrong = {"DUALWATCH_KEY": "short", "DUALWATCH_COUNTING__PORT": "none"}
    with running(place, **wrong) as service:
        code = service.process.wait(60)
        log = service.log()

    assert code == 78
    assert "DUALWATCH_KEY" in log
    assert "DUALWATCH_COUNTING__PORT" in log


def test_a_taken_port_is_told(place: Place) -> None:
    """Exit code 78 as well."""
    with running(place) as first:
        eventually(lambda: first.answers("/livez") == 200)
        port = first.url.rpartition(":")[2]
        with running(place, DUALWATCH_COUNTING__PORT=port) as second:
            assert second.process.wait(60) == 78


@pytest.mark.long
async def test_stops_in_time_while_everything_is_away(place: Place, shared_stack: Stack) -> None:
    """Without Kafka and MongoDB there is nothing to wait for."""
    await place.create()
    with running(place) as service:
        eventually(service.is_ready, RESTART_SECONDS)
        with halted(shared_stack, "kafka", "mongo"):
            eventually(lambda: service.get("/readyz").status_code == 503)
            away = service.get("/v1/count")
            code, _ = service.signalled(signal.SIGTERM)

    assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    assert code in {0, 70}


async def test_starts_before_kafka_and_mongodb(
    place: Place, publisher: Publisher, mongo: Mongo, shared_stack: Stack
) -> None:
    """It waits, live and not ready, and begins when they come."""
    await place.create()
    await place.publish(publisher, RANGE)
    await mongo.ready()
    with halted(shared_stack, "kafka", "mongo") as restart, running(place) as service:
        eventually(lambda: service.answers("/readyz") == 503)
        assert service.answers("/livez") == 200
        restart()

        eventually(service.is_ready, RESTART_SECONDS)
        eventually(lambda: service.get("/v1/count").json() == {"count": len(RANGE)})
