"""The whole stack on one machine: Kafka, MongoDB and the services, started, watched and stopped."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self, TextIO

from deploy.local import jars, kafka, learned, mongo, principals, secured
from deploy.local.certificates import Authority
from deploy.local.datadir import DataDir, Endpoints, default_data_dir
from deploy.local.errors import CancelledError, NotReadyError, UsageError
from deploy.local.handles import Handles
from deploy.local.mongo_secured import MongoSecurity
from deploy.local.ports import LOOPBACK, Ports, require_free
from deploy.local.probes import explained, is_ready, open_journal
from deploy.local.process import Child, Command, Warden
from deploy.local.secured import Security, external_context
from deploy.local.stores import KafkaStore, MongoStore, require_external
from deploy.local.topology import KAFKA, MONGO, Part, Topology
from deploy.local.waiting import wait_until

SERVICES = ("intake", "analysis", "alerts", "reporting", "console")
KAFKA_VARIABLE = "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS"
MONGO_VARIABLE = "DUALWATCH_MONGO__URL"
MONGO_CA_VARIABLE = "DUALWATCH_MONGO__CA_FILE"
GUEST_VARIABLE = "DUALWATCH_CONSOLE__GUEST_KEY_FILE"
INTAKE = "intake"
SERVICE_READY_SECONDS = 60.0
SERVICE_RESTART_SECONDS = 12.0  # it promises to end within ten
# A part that dies this often before it was ready once will not get well by itself.
START_EXITS_MAX = 3
STOP_THREADS = 16


@dataclass(frozen=True)
class Service:
    """A service process; without a command of its own it is `python -m services.<name>`."""

    name: str
    argv: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """Give the command line."""
        return self.argv or (sys.executable, "-m", f"services.{self.name}")


class Stack(Handles):
    """Kafka, MongoDB and services as child processes of this one; use it as a context manager.

    A store whose address is in the environment is taken from there and not started. Of what the
    topology has several, each has a number: `kafka-1`, `intake-2`.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        ports_from: int | None = None,
        services: Iterable[str | Service] = SERVICES,
        topology: Topology | None = None,
        environ: Mapping[str, str] | None = None,
        reset: bool = False,
        passwords: bool = False,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Nothing is touched before `start`; `environ` is for all services.

        `passwords`: the demo principals get one each, beside their keys.
        """
        super().__init__()
        self.data = DataDir(data_dir or default_data_dir())
        self.ports = Ports() if ports_from is None else Ports.starting_at(ports_from)
        self.services = tuple(Service(s) if isinstance(s, str) else s for s in services)
        self.topology = topology or Topology()
        self._kafka = KafkaStore(self.topology, self.ports, self.data.path)
        self._mongo = MongoStore(self.topology, self.ports, self.data.path)
        self._environ = dict(environ or {})
        self._reset = reset
        self._passwords = passwords
        self._report = report
        self._external_kafka = os.environ.get(KAFKA_VARIABLE)
        self._external_mongo = os.environ.get(MONGO_VARIABLE)
        self._warden: Warden | None = None
        self._log: TextIO | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start every part and return when all are ready; when one is not, stop all and raise."""
        try:
            self._prepare()
            self._start_stores()
            self._start_services()
            self._give_out_keys()
            self.data.publish(self.endpoints())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the services, then the stores; returns within 10 s with no child left."""
        names = {part.name for part in (*self._kafka.parts, *self._mongo.parts)}
        services = [child for name, child in self._children.items() if name not in names]
        stores = [child for name, child in self._children.items() if name in names]
        for group in (services, stores):
            with ThreadPoolExecutor(STOP_THREADS) as pool:
                list(pool.map(Child.stop, group))
        self._children.clear()
        if self._warden:
            self._warden.close()
            self._warden = None
        if self._log:
            self._log.close()
            self._log = None
        self.data.release()

    def learn(self) -> None:
        """Let Kafka's JVM learn beside what runs, once for each user, and do not wait for it.

        What starts later, be it supervised, starts by it.
        """
        if self._warden is not None and not self._kafka.has_learned:
            learning = threading.Thread(target=self._learn, args=(self._warden,), daemon=True)
            learning.start()

    def _learn(self, warden: Warden) -> None:
        learning = learned.aside(self._log_file("kafka-learns"))
        # Whoever stops the stack meanwhile stops this too, and closes the warden.
        with contextlib.suppress(CancelledError, RuntimeError):
            if warden.run(learning, learned.ASIDE_SECONDS, self._cancel) == 0:
                for command in self._kafka.commands_now(self.data.logs):
                    if command.name in self._children:
                        self._children[command.name].command = command

    @property
    def security(self) -> Security | None:
        """Give the users of a secured Kafka and their passwords; None where it is open."""
        return self._kafka.security

    @property
    def mongo_security(self) -> MongoSecurity | None:
        """Give the users of a secured MongoDB and their passwords; None where it is open."""
        return self._mongo.security

    def restart(self, name: str) -> int | None:
        """Stop a part in good order, start it again, and return when it is ready.

        Gives the exit code of the process that left; None if none ran.
        """
        code = self._child(name).restart()
        self.wait_ready(name)
        return code

    def wait_ready(self, name: str) -> None:
        """Return when the part is ready, also after a kill."""
        self._child(name)
        part = next(part for part in self.parts() if part.name == name)
        # Those of a kind start side by side on the same cores.
        count = len(self.topology.parts(part.kind, self.ports))
        if part.kind == KAFKA:
            self._await(name, lambda: self._kafka.is_ready(part), count * kafka.READY_SECONDS)
        elif part.kind == MONGO:
            self._await(name, lambda: self._mongo.is_ready(part), count * mongo.READY_SECONDS)
        else:
            self._await(name, lambda: is_ready(part.port), count * SERVICE_READY_SECONDS)

    def parts(self) -> tuple[Part, ...]:
        """Give every part that is started here, stores before services."""
        stores: list[Part] = []
        if not self._external_kafka:
            stores += self._kafka.parts
        if not self._external_mongo:
            stores += self._mongo.parts
        services = [self.topology.parts(service.name, self.ports) for service in self.services]
        return (*stores, *(part for parts in services for part in parts))

    def add(self, command: Command) -> None:
        """Start one more process beside the parts, watched as they are."""
        self._start_child(command)

    def endpoints(self, number: int = 1) -> Endpoints:
        """Give where everything can be reached, of each service the instance of this number."""
        return Endpoints(
            **{name: f"http://{LOOPBACK}:{self.ports.of(name, number)}" for name in SERVICES},
            kafka=self._external_kafka or self._kafka.address,
            mongo=self._external_mongo or self._mongo.address,
            key=self.data.key(),
            data_dir=str(self.data.path),
        )

    def _prepare(self) -> None:
        """Everything that can be found wrong before a process is started."""
        if self._external_kafka and self.topology.secure:
            message = f"--secure is for the built-in Kafka, and {KAFKA_VARIABLE} names another"
            raise UsageError(message)
        self.data.acquire()
        require_free(self._ports_needed())
        if self._reset:
            self.data.reset()
        self._log = (self.data.logs / "stack.log").open("a", encoding="utf-8")
        self._warden = Warden()
        self._warden.open()

    def _ports_needed(self) -> dict[str, int]:
        needed = {part.name: part.port for part in self.parts()}
        return needed if self._external_kafka else {**needed, **self._kafka.ports}

    def _start_stores(self) -> None:
        if self.topology.secure:
            # Both stores have their certificates of it.
            Authority.of(self.data.path / secured.FOLDER / "tls", Security.now())
        with ThreadPoolExecutor(2, thread_name_prefix="store") as pool:
            tasks = [pool.submit(self._start_kafka), pool.submit(self._start_mongo)]
            done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
            if any(task.exception() for task in done):
                # The other store's wait is of no use any more.
                self.cancel()
            for task in (*done, *tasks):
                task.result()

    def _start_kafka(self) -> None:
        if self._external_kafka:
            ready = partial(kafka.answers, context=external_context(os.environ))
            require_external(KAFKA_VARIABLE, self._external_kafka, ready, self._cancel)
            return
        found = jars.jars(self._report, self._cancel)
        if self._warden:
            logs = self.data.logs
            for command in self._kafka.commands(found, self._warden, logs, self._cancel):
                self._start_child(command)
        for part in self._kafka.parts:
            self.wait_ready(part.name)
        self._kafka.admit()

    def _start_mongo(self) -> None:
        if self._external_mongo:
            answers = partial(mongo.answers, ca_file=os.environ.get(MONGO_CA_VARIABLE, ""))
            require_external(MONGO_VARIABLE, self._external_mongo, answers, self._cancel)
            return
        for command in self._mongo.commands(self.data.logs):
            self._start_child(command)
        for part in self._mongo.parts:
            self.wait_ready(part.name)
        self._mongo.admit()

    def _start_services(self) -> None:
        for service in self.services:
            for part in self.topology.parts(service.name, self.ports):
                own = {f"DUALWATCH_{service.name.upper()}__PORT": str(part.port)}
                environ = {**self.environment(part.number, service.name), **own}
                log = self._log_file(part.name)
                command = Command(part.name, service.command, log, environ)
                self._start_child(replace(command, restart_seconds=SERVICE_RESTART_SECONDS))
        for part in self.parts():
            if part.kind not in {KAFKA, MONGO}:
                self.wait_ready(part.name)

    def _give_out_keys(self) -> None:
        """Give demo principals their keys, if there is a real intake to ask."""
        if Service(INTAKE) in self.services:
            endpoints = self.endpoints()
            principals.give_out(endpoints.intake, endpoints.key, self.data.path)
            if self._passwords:
                principals.give_passwords(endpoints.intake, endpoints.key, self.data.path)

    def environment(self, number: int = 1, service: str = "") -> dict[str, str]:
        """Give what the services of this number are told: of each other the same number.

        Where Kafka is secured, each service is a user of its own there.
        """
        endpoints = self.endpoints(number)
        urls = {f"DUALWATCH_{name.upper()}__URL": getattr(endpoints, name) for name in SERVICES}
        return {
            **urls,
            KAFKA_VARIABLE: endpoints.kafka,
            MONGO_VARIABLE: endpoints.mongo,
            "DUALWATCH_DATA_DIR": endpoints.data_dir,
            "DUALWATCH_KEY": endpoints.key,
            "DUALWATCH_LOG__FORMAT": "json",
            **self._secrets_of(service),
            GUEST_VARIABLE: str(principals.key_file(self.data.path, principals.GUEST)),
            **self.data.checkpoint_environment(),
            **({} if self._external_kafka else self._kafka.environment(service)),
            **({} if self._external_mongo else self._mongo.environment(service)),
            **self._environ,
        }

    def _secrets_of(self, service: str) -> dict[str, str]:
        """Give what one service alone is to know."""
        own = {"DUALWATCH_INTAKE__PEOPLE_KEY": self.data.people_key()}
        return own if service == "intake" else {}

    def _start_child(self, command: Command) -> None:
        if self._warden is None or self._log is None:
            message = "the stack is not started"
            raise UsageError(message)
        child = Child(command, self._warden, open_journal(self._log))
        self._children[command.name] = child
        child.start()

    def _await(self, name: str, ready: Callable[[], bool], deadline_seconds: float) -> None:
        child = self._child(name)
        exits_max = child.exits + START_EXITS_MAX

        def condition() -> bool:
            if child.exits >= exits_max:
                message = f"{name} ended {START_EXITS_MAX} times instead of becoming ready"
                raise NotReadyError(message)
            return ready()

        try:
            wait_until(condition, deadline_seconds=deadline_seconds, what=name, cancel=self._cancel)
        except NotReadyError as error:
            raise explained(error, self._log_file(name)) from error

    def _log_file(self, name: str) -> Path:
        return self.data.logs / f"{name}.log"
