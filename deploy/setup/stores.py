"""Tells a running Kafka and a running MongoDB their users and rights; again, nothing changes."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from contracts.topics import PUBLISH_PREFIX
from deploy.local import access, kafka_admin, mongo_access, mongo_admin
from deploy.local.errors import NotReadyError
from deploy.local.waiting import wait_until

SELECTION_MS: Final = 5_000
TRY_SECONDS: Final = 1.0
"""Pause before a store that is away is asked again."""
LOGIN: Final = frozenset({"username", "password", "authSource"})
Step = Callable[[], None]
AWAY: Final = (KafkaError, PyMongoError, OSError, TimeoutError)


def insist(step: Step, what: str, wait_seconds: float) -> None:
    """Do something as often as it takes, until the deadline; then say what kept it."""
    kept: list[Exception] = []

    def done() -> bool:
        try:
            step()
        except AWAY as error:
            kept[:] = [error]
            return False
        return True

    client = logging.getLogger("aiokafka")  # noqa: TID251 - not ours: it is only held back
    # It says on every try that nobody listens; what kept us is told once, at the end.
    client.setLevel(logging.CRITICAL)
    try:
        wait_until(done, deadline_seconds=wait_seconds, what=what, poll_seconds=TRY_SECONDS)
    except NotReadyError as error:
        message = f"{error}: {kept[0]!r}" if kept else str(error)
        raise NotReadyError(message) from error
    finally:
        client.setLevel(logging.NOTSET)


def admit_to_kafka(client: Mapping[str, Any], passwords: Mapping[str, str]) -> int:
    """Make the users and their rules; give how many rules there are."""
    publishers = [
        user.removeprefix(PUBLISH_PREFIX) for user in passwords if user.startswith(PUBLISH_PREFIX)
    ]
    rules = access.rules(publishers)
    kafka_admin.grant(client, passwords, rules)
    return len(rules)


def found_set(client: Mapping[str, Any], hosts: Sequence[str]) -> None:
    """Make a replica set of these members, of which the first alone has data.

    If any of them says that it is in one, there is nothing to make, whoever is away.
    """
    given = {key: value for key, value in client.items() if key != "host"}
    nobody = {key: value for key, value in given.items() if key not in LOGIN}
    if any(_is_in_a_set(host, nobody) for host in hosts):
        return
    with _direct(hosts[0], given) as first:
        mongo_admin.initiate(first, hosts)


def _is_in_a_set(host: str, given: Mapping[str, Any]) -> bool:
    # Whoever asks for this need not be anybody: a member has no users before it has a set.
    try:
        with _direct(host, given) as member:
            return bool(member.admin.command("hello").get("setName"))
    except PyMongoError:
        return False


def _direct(host: str, given: Mapping[str, Any]) -> mongo_admin.Client:
    name, _, port = host.rpartition(":")
    return MongoClient(
        name, int(port), directConnection=True, serverSelectionTimeoutMS=SELECTION_MS, **given
    )


def admit_to_mongo(client: Mapping[str, Any], passwords: Mapping[str, str]) -> int:
    """Make the users and their rights; give how many users there are."""
    wanted = [right for right in mongo_access.rights() if right.user in passwords]
    login: mongo_admin.Client = MongoClient(**client, serverSelectionTimeoutMS=SELECTION_MS)
    with login:
        mongo_admin.grant(login, passwords, wanted)
    return len(wanted)
