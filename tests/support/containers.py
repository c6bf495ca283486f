"""Containers run as processes: what compose.yaml or the chart says, on this machine's loopback.

Each container gets a loopback address of its own, so ports stay as they are written. Names of
hosts before a port become addresses, mounted paths the folders behind them; nothing else changes.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from pymongo import MongoClient

from deploy.image import entry
from deploy.local import debian, jars, kafka, mongo, mongo_admin
from deploy.local.datadir import write_private
from deploy.local.process import Command, Warden
from tests.architecture.repository import ROOT
from tests.support.eventually import eventually

COMPOSE: Final = ROOT / "deploy" / "compose.yaml"
SETUP_SECONDS: Final = 180.0
START_SECONDS: Final = 240.0
_VARIABLE: Final = re.compile(r"\$\{(\w+):[-?]([^}]*)\}")
"""With what holds where nothing is said, or what is told then: that nothing starts."""
_ANY: Final = "0.0.0.0"  # noqa: S104 - replaced, never listened on
_OWN: Final = "127.0.0.1"


@dataclass(frozen=True)
class Container:
    """One container, as far as a process can be it."""

    name: str
    image: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    mounts: Mapping[str, str]
    """Source by target."""
    healthcheck: tuple[str, ...] = ()
    after: frozenset[str] = frozenset()
    """Whom it waits for."""
    aliases: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Give which of its kind it is."""
        found = re.search(r"-(\d+)$", self.name)
        return int(found[1]) if found else 1


def compose(environ: Mapping[str, str] | None = None) -> dict[str, Container]:
    """Read compose.yaml; `environ` is what .env would say."""
    given = environ or {}
    text = _VARIABLE.sub(lambda found: given.get(found[1], found[2]), COMPOSE.read_text("utf-8"))
    return {name: _composed(name, told) for name, told in yaml.safe_load(text)["services"].items()}


def _composed(name: str, told: Mapping[str, Any]) -> Container:
    volumes = [volume.split(":") for volume in told.get("volumes", ())]
    networks = told.get("networks", {})
    aliases = (
        networks["services"].get("aliases", ())
        if "services" in networks and isinstance(networks, dict)
        else ()
    )
    return Container(
        name,
        told["image"],
        tuple(told.get("command", ())),
        {key: str(value) for key, value in told.get("environment", {}).items()},
        {target: source for source, target, *_ in volumes},
        tuple(told.get("healthcheck", {}).get("test", ())[1:]),
        frozenset(told.get("depends_on", ())),
        tuple(aliases),
    )


@dataclass
class Town:
    """Where containers live: an address for each, a folder for all, and who runs."""

    folder: Path
    warden: Warden
    residents: dict[str, str] = field(default_factory=dict)
    """Address by name."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    """Names by alias."""
    block: str = field(
        default_factory=lambda: f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250) + 2}"
    )

    def settle(self, containers: Iterable[Container]) -> None:
        """Give each an address."""
        for container in containers:
            self.residents.setdefault(container.name, f"{self.block}.{len(self.residents) + 2}")
            for alias in container.aliases:
                self.groups.setdefault(alias, []).append(container.name)

    def address(self, name: str, number: int = 1) -> str:
        """Give where a container is, or one of those that share a name."""
        group = self.groups.get(name)
        return self.residents[group[(number - 1) % len(group)] if group else name]

    def placed(self, container: Container, text: str) -> str:
        """Write a text of a container's as it is true here."""
        names = sorted({*self.residents, *self.groups}, key=len, reverse=True)
        host = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, names))})(?=:\d)")
        text = host.sub(lambda found: self.address(found[1], container.number), text)
        own = self.residents[container.name]
        text = text.replace(_ANY, own).replace(_OWN, own)
        for target in sorted(container.mounts, key=len, reverse=True):
            text = re.sub(
                rf"{re.escape(target)}(?=/|$)", str(self._behind(container, target)), text
            )
        return text

    def _behind(self, container: Container, target: str) -> Path:
        return self.folder / container.mounts[target].removeprefix("./")

    def environment(self, container: Container) -> dict[str, str]:
        """Give what its process is told."""
        return {name: self.placed(container, value) for name, value in container.environ.items()}

    def log(self, name: str) -> Path:
        """Give where its process writes."""
        return self.folder / "logs" / f"{name}.log"

    def command(self, container: Container) -> Command:
        """Give the process that is this container."""
        for target in container.mounts:
            self._behind(container, target).mkdir(parents=True, exist_ok=True)
        kind = container.image.partition(":")[0]
        known = {"apache/kafka": self._kafka, "mongo": self._mongo, "caddy": self._caddy}
        argv, environ = known.get(kind, self._ours)(container)
        return Command(container.name, tuple(argv), self.log(container.name), environ)

    def job(self, container: Container, more: Sequence[str] = ()) -> int:
        """Run one to its end; give its exit code."""
        command = self.command(container)
        whole = Command(command.name, (*command.argv, *more), command.log_file, command.environ)
        return self.warden.run(whole, SETUP_SECONDS)

    def is_healthy(self, container: Container) -> bool:
        """Ask as its health check asks."""
        words = [self.placed(container, word) for word in container.healthcheck]
        if words[0] == "python":
            words[0] = sys.executable
            words.append(self.residents[container.name])
            # The repository is not installed in isolation as it is in the image.
            words.remove("-I")
        # Bash's own way to a port.
        words = [
            word.replace(f"/dev/tcp/{_OWN}", f"/dev/tcp/{self.residents[container.name]}")
            for word in words
        ]
        environ = self.environment(container)
        asked = Command(f"{container.name}-health", tuple(words), self.log("health"), environ)
        return self.warden.run(asked, 10.0) == 0

    def wait_healthy(self, container: Container) -> None:
        """Return once it is healthy."""
        eventually(lambda: self.is_healthy(container), START_SECONDS, container.name)

    def _ours(self, container: Container) -> tuple[Sequence[str], dict[str, str]]:
        argv = entry.command([self.placed(container, word) for word in container.command])
        return argv, {**self.environment(container), "PYTHONPATH": str(ROOT)}

    def _kafka(self, container: Container) -> tuple[Sequence[str], dict[str, str]]:
        """Do as the image does: properties from the environment, storage formatted once."""
        told = self.environment(container)
        properties = {
            _property(name): value
            for name, value in told.items()
            if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
        }
        file = self.folder / f"{container.name}.properties"
        write_private(file, "\n".join(f"{key}={value}" for key, value in properties.items()))
        classpath = os.pathsep.join(map(str, jars.jars(lambda _: None)))
        java = [str(kafka.java()), *kafka.JVM_OPTIONS, "-cp", classpath]
        format_ = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        options = ("-t", told["CLUSTER_ID"], "-c", str(file))
        formatting = Command(f"{container.name}-format", (*format_, *options), self.log("format"))
        code = self.warden.run(formatting, SETUP_SECONDS)
        if code:
            message = f"{container.name} was not formatted: {self.log('format').read_text('utf-8')}"
            raise AssertionError(message)
        return [*java, "kafka.Kafka", str(file)], {}

    def _mongo(self, container: Container) -> tuple[Sequence[str], dict[str, str]]:
        """Do as the image does: make the first user before anybody else is let in."""
        told = self.environment(container)
        argv = [str(mongo.mongod()), *(self.placed(container, w) for w in container.command[1:])]
        if user := told.get("MONGO_INITDB_ROOT_USERNAME"):
            password = Path(told["MONGO_INITDB_ROOT_PASSWORD_FILE"]).read_text("utf-8").strip()
            self._first_user(container, argv, user, password)
        return argv, {}

    def _caddy(self, container: Container) -> tuple[Sequence[str], dict[str, str]]:
        """Run the Caddy that Debian has, on the container's own address."""
        source = container.mounts["/etc/caddy/Caddyfile"]
        told = (COMPOSE.parent / source).read_text("utf-8")
        text = self.placed(container, told.replace("{\n", f"{{\n\tdefault_bind {_OWN}\n", 1))
        file = self.folder / "Caddyfile"
        # What it is called since the version that Debian has.
        file.write_text(text.replace("tls_trust_pool file", "tls_trusted_ca_certs"), "utf-8")
        caddy = debian.program(debian.Program("caddy", "caddy"))
        argv = [str(caddy), "run", "--adapter", "caddyfile", "--config", str(file)]
        return argv, {"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}

    def _first_user(
        self, container: Container, argv: Sequence[str], user: str, password: str
    ) -> None:
        data = Path(argv[argv.index("--dbpath") + 1])
        if (data / "WiredTiger").exists():
            return
        own = self.residents[container.name]
        plain = ("--dbpath", str(data), "--bind_ip", own, "--port", "27017", "--nounixsocket")
        command = Command(f"{container.name}-init", (argv[0], *plain), self.log("init"))
        process = self.warden.spawn(command)
        client: mongo_admin.Client
        with MongoClient(own, 27017, directConnection=True) as client:
            roles = [{"role": "root", "db": "admin"}]
            client.admin.command({"createUser": user, "pwd": password, "roles": roles})
        process.terminate()
        process.wait(SETUP_SECONDS)


def _property(name: str) -> str:
    """Name the property that the image makes of a variable."""
    words = name.removeprefix("KAFKA_").lower()
    return words.replace("___", "-").replace("__", "\0").replace("_", ".").replace("\0", "_")
