"""Telling a running MongoDB that it is a replica set, and who its users are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local.mongo_access import ADMIN, WATCHER, WATCHES, Right

REPLICA_SET: Final = "rs0"
SEVERAL: Final = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
"""Several members notice a lost primary in seconds; the defaults wait for ten."""
ALREADY_INITIATED: Final = 23
AUTHENTICATION_FAILED: Final = 18
USER_EXISTS: Final = 51003
ROLE_EXISTS: Final = 51002
ROOT: Final = Right(ADMIN, ({"role": "root", "db": ADMIN},))

Client = MongoClient[dict[str, Any]]


def initiate(client: Client, hosts: Sequence[str]) -> None:
    """Bring the set of these hosts into being; one that is there stays."""
    members = [{"_id": number, "host": host} for number, host in enumerate(hosts)]
    config: dict[str, Any] = {"_id": REPLICA_SET, "members": members}
    if len(hosts) > 1:
        config["settings"] = SEVERAL
    try:
        client.admin.command("replSetInitiate", config)
    except OperationFailure as failure:
        if failure.code != ALREADY_INITIATED:
            raise


def grant(client: Client, passwords: Mapping[str, str], rights: Iterable[Right]) -> None:
    """Make the users with their passwords and roles, or set them anew; `client` may do so."""
    wanted = list(rights)
    if any(role["role"] == WATCHER for right in wanted for role in right.roles):
        _make_watcher(client)
    for right in wanted:
        password = passwords[right.user]
        try:
            client.admin.command(right.command("createUser", password))
        except OperationFailure as failure:
            if failure.code != USER_EXISTS:
                raise
            client.admin.command(right.command("updateUser", password))


def _make_watcher(client: Client) -> None:
    try:
        client.admin.command(dict(WATCHES))
    except OperationFailure as failure:
        if failure.code != ROLE_EXISTS:
            raise
        # What it may see may have grown with a release.
        granted = {name: value for name, value in WATCHES.items() if name != "createRole"}
        client.admin.command({"updateRole": WATCHES["createRole"], **granted})


def authenticates(client: Client) -> bool:
    """Tell whether the server knows the client's user and password."""
    try:
        client.admin.command("ping")
    except OperationFailure as failure:
        if failure.code != AUTHENTICATION_FAILED:
            raise
        return False
    return True
