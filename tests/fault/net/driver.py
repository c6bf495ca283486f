"""The senders: several over HTTP, some careless, one over Kafka, one by files; one input log."""

import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.fault.net.chance import Chance, chance_of
from tests.fault.net.door import Door
from tests.fault.net.file_door import FileSender, events_of, table_of
from tests.fault.net.inputlog import InputLog
from tests.fault.net.kafka_door import KafkaSender
from tests.fault.net.load import Day, Fact, Load, cut

CITY_SENDERS: Final = 3
QUIET: Final = "quiet-system"
"""Publisher of the projects that nothing is said of for some days."""
ROUTES: Final = 4
"""The town's payments: stubborn, careless, over Kafka, by files."""
BATCH_EVENTS: Final = (1, 5, 20, 80, 200, 500, 1_000)
FILE_ROWS: Final = (50, 200, 800, 3_000)
AGAIN_PROBABILITY: Final = 0.08
"""After a batch: how often an earlier one is sent once more, in another order."""
REMEMBERED_BATCHES: Final = 50


class Pace:
    """Spreads a stream over the planned time; a stream that is late hurries."""

    def __init__(self, total: int, seconds: float) -> None:
        """From now on."""
        self._total, self._seconds = max(1, total), seconds
        self._began = time.monotonic()
        self._done = 0
        self._never = threading.Event()

    def keep(self, count: int) -> None:
        """Wait until it is time for the next `count`."""
        due = self._began + self._seconds * self._done / self._total
        self._done += count
        early = due - time.monotonic()
        if early > 0:
            self._never.wait(early)


class Driver:
    """Sends a load; `setup` first, then `start` and `join`."""

    def __init__(
        self, load: Load, log: InputLog, seed: int, intakes: Sequence[str], kafka: str, key: str
    ) -> None:
        """Nothing is sent yet."""
        self.load, self.log, self._seed = load, log, seed
        self._intakes, self._kafka, self._key = intakes, kafka, key
        self._threads: list[threading.Thread] = []
        self._quiet_key = ""
        self.failures: list[Exception] = []
        self.retries = 0

    def setup(self) -> None:
        """Send what the town needs before its payments, without faults; register a publisher."""
        door, facts = self._door("setup"), self.load.town_setup
        self._quiet_key = door.register(QUIET)
        for number, batch in enumerate(cut(facts, _sizes(self._chance("setup-sizes")))):
            door.submit(
                self.log.begin([fact.raw for fact in batch]), f"{self._seed}-setup-{number}"
            )
        door.close()

    def start(self, seconds: float) -> None:
        """Start all senders; they are done after about so many seconds, faults aside."""
        jobs: list[tuple[str, Callable[[str, float], None]]] = [
            ("city", self._send_city),
            ("stubborn", self._send_stubborn),
            ("careless", self._send_careless),
            ("kafka", self._send_kafka),
            ("files", self._send_files),
            ("chronicle", self._send_chronicle),
        ]
        for name, job in jobs:
            thread = threading.Thread(target=self._guarded, args=(job, name, seconds), name=name)
            thread.daemon = True
            thread.start()
            self._threads.append(thread)

    @property
    def running(self) -> list[str]:
        """Name the senders that are not done."""
        return [thread.name for thread in self._threads if thread.is_alive()]

    def join(self, seconds: float) -> None:
        """Wait for all senders; raise what stopped one."""
        give_up = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        if self.failures:
            raise self.failures[0]
        if self.running:
            message = f"not done: {self.running}"
            raise TimeoutError(message)

    def open_town(self, date: str) -> None:
        """Open the town's one day."""
        door = self._door("town-day")
        door.open_day(self.log.begin_day(self.load.town, date), jump=True)
        door.close()

    def _guarded(self, job: Callable[[str, float], None], name: str, seconds: float) -> None:
        try:
            job(name, seconds)
        except Exception as failure:  # noqa: BLE001 - join raises it
            self.failures.append(failure)

    def _send_city(self, name: str, seconds: float) -> None:
        pace = Pace(len(self.load.days), seconds)
        names = [*(f"{name}-{n}" for n in range(CITY_SENDERS)), f"{name}-{QUIET}"]
        keys = [*(self._key for _ in range(CITY_SENDERS)), self._quiet_key]
        senders = [
            Stream(self.log, self._door(one, key), self._chance(one), one)
            for one, key in zip(names, keys, strict=True)
        ]
        with ThreadPoolExecutor(len(senders)) as pool:
            for day in self.load.days:
                pace.keep(1)
                if day.opens is not None:
                    line = self.log.begin_day(day.opens.jurisdiction, day.opens.date)
                    senders[0].door.open_day(line)
                else:
                    shares = [_share(day, n) for n in range(len(senders))]
                    list(pool.map(Stream.send, senders, shares))
        self._done(senders)

    def _send_stubborn(self, name: str, seconds: float) -> None:
        facts = self.load.payments_of(0, ROUTES)
        sender = Stream(self.log, self._door(name), self._chance(name), f"{self._seed}-{name}")
        sender.send(facts, Pace(len(facts), seconds))
        self._done([sender])

    def _send_careless(self, name: str, seconds: float) -> None:
        facts = self.load.payments_of(1, ROUTES)
        pace, door = Pace(len(facts), seconds), self._door(name)
        for number, batch in enumerate(cut(facts, _sizes(self._chance(name)))):
            pace.keep(len(batch))
            lines = self.log.begin([fact.raw for fact in batch])
            door.try_once(lines, f"{self._seed}-{name}-{number}")
        door.close()

    def _send_kafka(self, name: str, seconds: float) -> None:
        facts = self.load.payments_of(2, ROUTES)
        pace, chance = Pace(len(facts), seconds), self._chance(name)
        sender = KafkaSender(self._kafka)
        try:
            for batch in cut(facts, _sizes(chance)):
                pace.keep(len(batch))
                sender.send(batch, self.log.begin([fact.raw for fact in batch]))
                if chance.random() < AGAIN_PROBABILITY:
                    again = batch[::-1]
                    sender.send(again, self.log.begin([fact.raw for fact in again]))
        finally:
            self.retries += sender.retries
            sender.close()

    def _send_files(self, name: str, seconds: float) -> None:
        """Send exports; now and then one repeats the rows of the last, as cumulative ones do."""
        facts, town = self.load.payments_of(3, ROUTES), self.load.town
        pace, chance = Pace(len(facts), seconds), self._chance(name)
        sender = FileSender(self._intakes, self._key, chance)
        last: Sequence[Fact] = ()
        try:
            for batch in cut(facts, _sizes(self._chance(f"{name}-sizes"), FILE_ROWS)):
                pace.keep(len(batch))
                rows = [*last, *batch] if chance.random() < AGAIN_PROBABILITY else batch
                file = table_of(rows)
                sender.send(town, file, self.log.begin(events_of(town, file, rows)))
                last = batch
        finally:
            self.retries += sender.retries
            sender.close()

    def _send_chronicle(self, name: str, seconds: float) -> None:
        """Send every kind of fact, each decided before the next: corrections name entries."""
        facts = self.load.chronicle
        sender = Stream(self.log, self._door(name), self._chance(name), f"{self._seed}-{name}")
        sender.send(facts, Pace(len(facts), seconds))
        self._done([sender])

    def _done(self, senders: "Sequence[Stream]") -> None:
        for sender in senders:
            self.retries += sender.door.retries
            sender.door.close()

    def _door(self, name: str, key: str | None = None) -> Door:
        return Door(self._intakes, key or self._key, self._chance(f"{name}-door"))

    def _chance(self, name: str) -> Chance:
        return chance_of(self._seed, name)


class Stream:
    """One stubborn sender: each batch is decided before the next; now and then an old one again."""

    def __init__(self, log: InputLog, door: Door, chance: Chance, name: str) -> None:
        """`name` is the start of its requests' names."""
        self.log, self.door, self._chance, self._name = log, door, chance, name
        self._sizes = _sizes(chance)
        self._requests = 0
        self._sent: list[Sequence[Fact]] = []

    def send(self, facts: Sequence[Fact], pace: Pace | None = None) -> None:
        """Send facts in order."""
        for batch in cut(facts, self._sizes):
            if pace is not None:
                pace.keep(len(batch))
            self._submit(batch)
            self._sent.append(batch)
            del self._sent[:-REMEMBERED_BATCHES]
            if self._chance.random() < AGAIN_PROBABILITY:
                again = list(self._chance.choice(self._sent))
                self._chance.shuffle(again)
                self._submit(again)

    def _submit(self, batch: Sequence[Fact]) -> None:
        self._requests += 1
        lines = self.log.begin([fact.raw for fact in batch])
        self.door.submit(lines, f"{self._name}-{self._requests}")


def _share(day: Day, sender: int) -> list[Fact]:
    """Give the facts of one city sender: those of a project all have the same."""
    return [fact for fact in day.facts if _sender_of(fact) == sender]


def _sender_of(fact: Fact) -> int:
    """Choose the last for what the quiet system tells."""
    return CITY_SENDERS if fact.quiet else zlib.crc32(fact.subject.encode()) % CITY_SENDERS


def _sizes(chance: Chance, of: Sequence[int] = BATCH_EVENTS) -> Iterator[int]:
    while True:
        yield chance.choice(of)
