"""A disk is full, under MongoDB and then under Kafka: said, nothing half done, and on with room.

Who is root mounts a small disk for each store, and fills it; and everywhere no file of the process
may grow any more (RLIMIT_FSIZE), which is as much of a full disk as anybody can have.
"""

import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from deploy.local.datadir import MARKER
from deploy.local.stack import Stack
from tests.fault.drills.disks import may_mount, no_room, small_disk
from tests.fault.drills.recording import passed
from tests.fault.drills.scene import SERVICES, Scene
from tests.fault.drills.sending import Senders
from tests.fault.net.inputlog import InputLog
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long
STORES = ("mongo", "kafka")
LOOK_SECONDS = 0.05
MANY = 400


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """All services and a city."""
    data = tmp_path_factory.mktemp("full") / "data"
    with ExitStack() as closing:
        data.mkdir()
        # Without it a folder that holds something is not taken for one of ours.
        (data / MARKER).touch()
        for store in STORES if may_mount() else ():
            closing.enter_context(small_disk(data / store))
        stack = closing.enter_context(Stack(data, ports_from=free_ports_from(), services=SERVICES))
        found = Scene(stack, "990228")
        found.fill()
        yield found


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("how", ["limit", *(["disk"] if may_mount() else [])])
def test_a_store_without_room_stops_and_goes_on(scene: Scene, store: str, how: str) -> None:
    """Whoever sends is told to ask again; in the end each payment counts once."""
    stack = scene.stack
    before = _spent(scene)
    payments = [scene.payment() for _ in range(MANY)]
    senders = Senders(stack.endpoints(), InputLog())
    with ThreadPoolExecutor(1) as pool:
        with no_room(stack.data.path / store) if how == "disk" else _full(stack, store):
            sending = pool.submit(senders.send_all, payments, f"full-{store}-{how}")
            eventually(lambda: stack.pid(store) is None or stack.exits(store) > 0, 120)
            eventually(lambda: _hindrance(stack), 60)
        began = time.monotonic()
        stack.restart(store)
        sending.result(timeout=240)
    scene.settle()

    assert _spent(scene) == before + MANY * 100
    seconds = time.monotonic() - began
    passed(f"full disk: {store}, {how}", "process exit seen", seconds, lost=0, doubled=0)
    assert command(stack, "ledger", "verify")["faults"] == []


def _spent(scene: Scene) -> int:
    return int(scene.spent().replace(".", ""))


def _hindrance(stack: Stack) -> bool:
    """Tell whether intake says that a store is not there."""
    answer = httpx.get(f"{stack.endpoints().intake}/readyz", timeout=10, trust_env=False)
    return answer.status_code == httpx.codes.SERVICE_UNAVAILABLE


@contextmanager
def _full(stack: Stack, name: str) -> Iterator[None]:
    """Let no file of a part grow, also once it was started again; then there is room."""
    over = threading.Event()

    def fill() -> None:
        while not over.wait(LOOK_SECONDS):
            _limit(stack.pid(name), 0)

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _limit(stack.pid(name), resource.RLIM_INFINITY)


def _limit(pid: int | None, most_bytes: int) -> None:
    if pid is None:
        return
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    except ProcessLookupError:
        # It has just ended; the next one is looked at.
        return
