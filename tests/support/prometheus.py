"""A real Prometheus and a real Alertmanager with the deployed rules, hurried for a test."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from deploy.local import debian
from tests.support.rules import FILES, OBSERVE
from tests.support.stack import free_ports_from

STOP_SECONDS: Final = 10
HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class Watch:
    """Where the two can be asked."""

    prometheus: str
    alertmanager: str
    client: httpx.Client

    def ask(self, path: str, **parameters: str) -> Any:
        """Give what Prometheus answers."""
        answer = self.client.get(f"{self.prometheus}/api/v1/{path}", params=parameters)
        assert httpx.codes.OK == answer.status_code, answer.text
        return answer.json()["data"]

    def is_ready(self) -> bool:
        """Whether both answer."""
        try:
            return all(
                self.client.get(f"{url}/-/ready").status_code == httpx.codes.OK
                for url in (self.prometheus, self.alertmanager)
            )
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def watching(folder: Path, services: Mapping[str, str], told: str) -> Iterator[Watch]:
    """Run both: what is at `services` (name to host:port) is watched, `told` gets the messages."""
    ports = iter(range(free_ports_from(), 1 << 16))
    own, manager = f"{HOST}:{next(ports)}", f"{HOST}:{next(ports)}"
    _write_alertmanager(folder, told)
    _write_prometheus(folder, services, manager)
    commands: tuple[tuple[Path, *tuple[str, ...]], ...] = (
        (
            debian.program(debian.ALERTMANAGER),
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alerts'}",
            f"--web.listen-address={manager}",
            "--cluster.listen-address=",
        ),
        (
            debian.program(debian.PROMETHEUS),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'series'}",
            f"--web.listen-address={own}",
            "--enable-feature=exemplar-storage",
            # What fires before it knows of an Alertmanager is told again after this.
            "--rules.alert.resend-delay=5s",
        ),
    )
    with (
        contextlib.ExitStack() as stack,
        (folder / "log").open("wb") as log,
        httpx.Client() as client,
    ):
        for command in commands:
            stack.enter_context(_running(command, log))
        yield Watch(f"http://{own}", f"http://{manager}", client)


@contextlib.contextmanager
def _running(command: tuple[Path, *tuple[str, ...]], log: Any) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - the real program
        command, stdout=log, stderr=log, cwd=debian.started_in(command[0])
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _write_prometheus(folder: Path, services: Mapping[str, str], alertmanager: str) -> None:
    """Take the deployed files; only how often and how long is another, and where all is."""
    given = yaml.safe_load((OBSERVE / "prometheus.yml").read_text("utf-8"))
    given["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    given["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    _write(folder / "prometheus.yml", given)
    targets = [
        {"targets": [address], "labels": {"service": name}} for name, address in services.items()
    ]
    _write(folder / "targets" / "here.yml", targets)
    for file in FILES:
        rules = yaml.safe_load(file.read_text("utf-8"))
        for rule in (rule for group in rules["groups"] for rule in group["rules"] if "for" in rule):
            rule["for"] = "1s"
        _write(folder / "rules" / file.name, rules)


def _write_alertmanager(folder: Path, told: str) -> None:
    given = yaml.safe_load((OBSERVE / "alertmanager.yml").read_text("utf-8"))
    for route in (given["route"], *given["route"]["routes"]):
        route |= {"group_wait": "1s", "group_interval": "1s"}
    for receiver in given["receivers"]:
        for hook in receiver["webhook_configs"]:
            hook["url"] = f"{told}/{receiver['name']}"
    _write(folder / "alertmanager.yml", given)


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
