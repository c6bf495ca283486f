"""What `dualwatch backup` and `dualwatch restore` do; imported when they are called."""

import asyncio
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import httpx
import typer

from contracts.topics import PRINCIPALS, TOPICS
from services.chassis import clock
from services.chassis.settings import KafkaSettings
from services.cli.client import Client as HttpClient
from services.cli.environment import OperatorSettings, operator_settings
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, print_json, print_rows, progress_bar, say
from services.cli.places import Service
from services.cli.session import client_of
from services.cli.store import backing_up, restoring
from services.cli.store.client import Client, connected
from services.cli.store.numbering import WRITERS, Numbers
from services.cli.store.parts import DamagedError, Manifest, read_manifest
from services.cli.topic_ends import read_ends, told_behind

NEXT: Final = (
    "start the services",
    "dualwatch ledger restore",
    "dualwatch ledger verify",
    "dualwatch doctor",
)
"""What is done after a restore of the ledger's service, in this order."""
NEXT_RESTRICTED: Final = ("start the services", "dualwatch doctor")
CAUSES_MAX: Final = 8
"""Errors behind an error that are looked at."""
STORES: Final = tuple(service for service in Service if service is not Service.CONSOLE)
MADE: Final = (
    Column("collection", "collection"),
    Column("documents", "documents", "number"),
    Column("bytes", "bytes", "number"),
    Column("sha256", "sha256"),
)
COMPARED: Final = (
    Column("collection", "collection"),
    Column("backup", "backup", "number"),
    Column("store", "store", "number"),
    Column("compared", "compared"),
)


def backup(place: Path, *, referrals: bool, as_json: bool) -> None:
    """Write a backup, and say what is in it."""
    settings = operator_settings(os.environ)
    began = clock.now()
    making = backing_up.Making(
        id=clock.new_id().hex(),
        release=version("dualwatch"),
        made=began.isoformat(timespec="seconds"),
        key=_key(settings),
        restricted=referrals,
    )
    with connected(settings.mongo) as client, _told() as tell:
        made = backing_up.make(client, place.absolute(), making, tell)
        unnoted = backing_up.note(client, made, began)
    manifest = made.manifest
    rows: list[dict[str, Any]] = [
        {
            "collection": part.name,
            "documents": part.documents,
            "bytes": (place / part.file).stat().st_size,
            "sha256": part.sha256,
        }
        for part in manifest.parts
    ]
    found = {"place": str(place), **_about(manifest), "noted": not unnoted, "parts": rows}
    if as_json:
        print_json(found)
        return
    print_rows(rows, MADE)
    size = sum(row["bytes"] for row in rows)
    say(f"{place}: {len(rows)} collections, {size:,} bytes, as of {manifest.made}")
    if unnoted:
        say(f"It is not noted: {unnoted}. Whoever watches is told of no backup.")


@dataclass(frozen=True)
class Wanted:
    """How a backup is to be restored."""

    check: bool
    replace: bool
    another_key: bool


def restore(context: typer.Context, place: Path, wanted: Wanted, *, as_json: bool) -> None:
    """Judge a backup, bring it back, compare, and say what is next."""
    settings = operator_settings(os.environ)
    manifest = read_manifest(place)
    _require_ours(manifest, settings, another_key=wanted.another_key)
    said: list[str] = []
    with connected(settings.mongo) as client, _told() as tell:
        restoring.verify(place, manifest, tell)
        if wanted.check:
            compared = restoring.compare(client, manifest, tell)
        else:
            _require_stopped(context)
            if wanted.replace:
                restoring.make_room(client, manifest)
            restoring.require_room(client, manifest)
            compared, said = restoring.restore(
                client, place, manifest, lambda: _numbers(client, settings.kafka), tell
            )
    _show(manifest, compared, said, checked=wanted.check, as_json=as_json)


def _show(
    manifest: Manifest,
    compared: list[restoring.Compared],
    said: list[str],
    *,
    checked: bool,
    as_json: bool,
) -> None:
    rows = [each.told() for each in compared]
    following = NEXT_RESTRICTED if manifest.restricted else NEXT
    if as_json:
        done = [] if checked else list(following)
        print_json({**_about(manifest), "compared": rows, "said": said, "next": done})
    else:
        print_rows(rows, COMPARED)
    for words in said:
        say(words)
    different = [row["collection"] for row in rows if row["compared"] == "DIFFERENT"]
    if different:
        message = f"{len(different)} collections are not those of the backup"
        raise CliError(message, ExitCode.FAILED_CHECK)
    if not checked:
        say(f"restored as of {manifest.made}. Next: " + "; ".join(following))


def _about(manifest: Manifest) -> dict[str, Any]:
    names = ("id", "release", "made", "cluster_time", "restricted", "positions")
    return {name: getattr(manifest, name) for name in names}


def _key(settings: OperatorSettings) -> str:
    if settings.key:
        return settings.key
    message = "set DUALWATCH_KEY: a backup is signed with the deployment's key"
    raise CliError(message, ExitCode.USAGE)


def _require_ours(manifest: Manifest, settings: OperatorSettings, *, another_key: bool) -> None:
    if another_key or manifest.is_signed_with(_key(settings)):
        return
    message = (
        "its list was changed, or it was made under another DUALWATCH_KEY. Under another key the "
        "secrets of webhooks stay shut, and their owners draw new ones; --another-key if you know "
        "where it comes from"
    )
    raise DamagedError(message)


def _require_stopped(context: typer.Context) -> None:
    """Refuse while a service runs: it would write into what is being restored."""
    with client_of(context) as client:
        running = [service.value for service in STORES if is_running(client, service)]
    if running:
        message = (
            f"{', '.join(running)} still runs: stop the services first "
            "(`dualwatch up --stores` starts Kafka and MongoDB alone)"
        )
        raise CliError(message, ExitCode.REFUSED)


def is_running(client: HttpClient, service: Service) -> bool:
    """Whether somebody listens: one that is slow, or is not trusted from here, runs as well."""
    try:
        client.look(service, "/livez")
    except CliError as error:
        return _listens(error.__cause__)
    return True


def _listens(error: BaseException | None) -> bool:
    if isinstance(error, httpx.ConnectTimeout) or not isinstance(error, httpx.TransportError):
        return False
    if not isinstance(error, httpx.ConnectError):
        return True
    cause: BaseException | None = error
    for _ in range(CAUSES_MAX):
        if cause is None or isinstance(cause, ssl.SSLError):
            break
        cause = cause.__cause__ or cause.__context__
    return isinstance(cause, ssl.SSLError)


def _numbers(client: Client, kafka: KafkaSettings) -> Numbers:
    """Ask Kafka where numbers go on."""
    return asyncio.run(_asked(client, kafka))


async def _asked(client: Client, kafka: KafkaSettings) -> Numbers:
    known = {topic.name for topic in TOPICS if topic is not PRINCIPALS}
    for database in ("dualwatch_intake", *WRITERS):
        progress = client[database]["progress"].find({}, {"_id": 1})
        known |= {str(each["_id"]).rsplit(":", 2)[1] for each in progress}
    ends = await read_ends(kafka, sorted(known))
    cursors: dict[str, dict[str, int]] = {}
    for database, topic in WRITERS.items():
        counters = client[database]["counters"]
        feeds = cursors.setdefault(database, {})
        for partition, last in enumerate(ends.positions.get(topic, [])):
            found = counters.find_one({"_id": f"{topic}:{partition}"})
            position = 0 if found is None else int(found["n"])
            if last > position:
                async for code, mark in told_behind(kafka, topic, partition, position):
                    feeds[code] = max(feeds.get(code, 0), mark.sequence)
    return Numbers(ends, clock.now(), cursors)


@contextmanager
def _told() -> Iterator[backing_up.Tell]:
    """Show how far one is."""
    with progress_bar() as bar:
        task = bar.add_task("beginning", total=None)

        def tell(words: str, done: int, total: int) -> None:
            bar.update(task, description=words, completed=done, total=total)

        yield tell
