"""`dualwatch setup`: what a deployment needs before its services start; each may be run again."""

import asyncio
import datetime as dt
import re
import time
from pathlib import Path
from typing import Annotated, ClassVar, Final

import typer
from pydantic import Field

from contracts.topics import TOPICS
from deploy.local.errors import StackError, UsageError
from deploy.setup import stores
from deploy.setup.layout import Shape
from deploy.setup.making import Maker, passwords
from services.chassis.publisher import ensure_topics
from services.chassis.settings import ServiceSettings, load
from services.cli.errors import CliError, ExitCode
from services.cli.output import say

WAIT_SECONDS: Final = 120.0
HOST_AND_PORT: Final = re.compile(r"[^\s:]+:\d{1,5}")

app = typer.Typer(no_args_is_help=True, help="Set a deployment up: secrets, topics, users.")

Users = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="One file for each user: its name, in it its password."),
]
Wait = Annotated[float, typer.Option(metavar="S", help="Longest to wait for the store.")]


class SetupSettings(ServiceSettings):
    """What the setup jobs read: where the stores are, and who may do everything there."""

    SERVICE: ClassVar[str] = "setup"
    SECRETS: ClassVar[tuple[str, ...]] = ()

    key: str = ""
    """Not used here."""
    partitions: Annotated[int, Field(ge=1, validation_alias="DUALWATCH_INTAKE__PARTITIONS")] = 4
    """Partitions of every topic, as intake is told."""


@app.command("secrets")
def secrets_command(
    folder: Annotated[Path, typer.Argument(help="Where the secrets lie, a folder for each part.")],
    *,
    site: Annotated[str, typer.Option(help="Name by which people reach the page.")] = "localhost",
    brokers: Annotated[int, typer.Option(metavar="N", help="Kafka brokers.")] = 3,
    mongo_members: Annotated[int, typer.Option(metavar="N", help="Members of MongoDB.")] = 3,
    instances: Annotated[int, typer.Option(metavar="N", help="Processes of each service.")] = 2,
    publisher: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Who has a Kafka user for publish.NAME; repeatable."),
    ] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(metavar="PART=NAME", help="One more name or address of a part; repeatable."),
    ] = None,
) -> None:
    """Make an authority, certificates, passwords and keys; what is there stays."""
    try:
        shape = Shape(
            brokers, mongo_members, instances, site, tuple(publisher or ()), _addresses(address)
        )
        now = dt.datetime.fromtimestamp(time.time(), dt.UTC)
        made = Maker(folder, shape, now).make()
    except StackError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    except OSError as error:
        message = f"{error.filename or folder}: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    say(f"secrets of {len(made)} parts in {folder}: {', '.join(made)}")


@app.command("kafka")
def kafka_command(*, users: Users = None, wait: Wait = WAIT_SECONDS) -> None:
    """Make the topics and, with --users, Kafka's users with what each may do.

    Kafka, and who may do that, are those of DUALWATCH_KAFKA__…; the number of partitions that of
    DUALWATCH_INTAKE__PARTITIONS.
    """
    settings = load(SetupSettings)
    wanted = {topic.name: topic.configuration for topic in TOPICS}
    found = _passwords(users)

    def step() -> None:
        if found:
            rules = stores.admit_to_kafka(settings.kafka.client, found)
            say(f"{len(found)} users of Kafka, {rules} rules")
        asyncio.run(ensure_topics(settings.kafka, wanted, settings.partitions))

    _insist(step, "Kafka", wait)
    say(f"{len(wanted)} topics of {settings.partitions} partitions")


@app.command("mongo")
def mongo_command(
    *,
    users: Users = None,
    found: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT,…", help="Make a replica set of these; one that is there stays."
        ),
    ] = "",
    wait: Wait = WAIT_SECONDS,
) -> None:
    """Make the replica set (--found) and, with --users, MongoDB's users with their databases.

    MongoDB, and who may do that, are those of DUALWATCH_MONGO__….
    """
    settings = load(SetupSettings)
    known = _passwords(users)
    hosts = [host.strip() for host in found.split(",") if host.strip()]
    if wrong := [host for host in hosts if not HOST_AND_PORT.fullmatch(host)]:
        message = f"--found {wrong[0]}: HOST:PORT,HOST:PORT,… is meant"
        raise CliError(message, ExitCode.USAGE)

    def step() -> None:
        if hosts:
            stores.found_set(settings.mongo.client, hosts)
        admitted = stores.admit_to_mongo(settings.mongo.client, known)
        say(f"{admitted} users of MongoDB")

    _insist(step, "MongoDB", wait)


def _insist(step: stores.Step, what: str, wait_seconds: float) -> None:
    try:
        stores.insist(step, what, wait_seconds)
    except StackError as error:
        raise CliError(str(error), ExitCode.UNREACHABLE) from error


def _passwords(folder: Path | None) -> dict[str, str]:
    try:
        return passwords(folder) if folder else {}
    except OSError as error:
        message = f"--users {folder} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


def _addresses(given: list[str] | None) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for pair in given or ():
        name, _, address = pair.partition("=")
        if not name or not address:
            message = f"--address {pair}: PART=NAME is meant"
            raise UsageError(message)
        found[name] = (*found.get(name, ()), address)
    return found
