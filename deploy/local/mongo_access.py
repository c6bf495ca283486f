"""Who may do what in a secured MongoDB: each service its own databases, no more.

What a service does was found by running it with these rights alone: `readWrite` covers data,
indexes and `dbStats`; ending the sessions of its own dead processes (`killSessions`) needs none, as
they belong to the same user.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ADMIN: Final = "admin"
"""The user who may make users, and the database that all users are kept in."""
OPERATOR: Final = "operator"
"""The user of backup, restore and doctor: all our databases, and how the set is."""
DATABASES: Final[Mapping[str, tuple[str, ...]]] = {
    "intake": ("dualwatch_intake",),
    # The second is that of a copy beside the live one (DUALWATCH_ANALYSIS__REBUILD=anew).
    "analysis": ("dualwatch_analysis", "dualwatch_analysis_anew"),
    # Referrals lie apart, so that their backups can (Art. 16).
    "alerts": ("dualwatch_alerts", "dualwatch_referrals"),
    "reporting": ("dualwatch_reporting",),
}
"""Databases by the service that owns them."""
MONITOR: Final = {"role": "clusterMonitor", "db": ADMIN}
WATCHER: Final = "dualwatchWatcher"
"""Role of the service that tells of members that are away and of the oplog; nobody's data."""
WATCHES: Final[Mapping[str, Any]] = {
    "createRole": WATCHER,
    "privileges": [
        {"resource": {"cluster": True}, "actions": ["replSetGetStatus", "serverStatus"]},
        {"resource": {"db": "local", "collection": "oplog.rs"}, "actions": ["collStats"]},
    ],
    "roles": [],
}


@dataclass(frozen=True)
class Right:
    """One user and its roles."""

    user: str
    roles: tuple[Mapping[str, str], ...]

    def command(self, verb: str, password: str) -> dict[str, Any]:
        """Give the command that makes (`createUser`) or changes (`updateUser`) it."""
        roles = [dict(role) for role in self.roles]
        return {verb: self.user, "pwd": password, "roles": roles, "mechanisms": ["SCRAM-SHA-256"]}


def rights() -> tuple[Right, ...]:
    """Make everybody's rights."""
    watch = {"intake": ({"role": WATCHER, "db": ADMIN},)}
    own = [
        Right(service, (*_of(names), *watch.get(service, ())))
        for service, names in DATABASES.items()
    ]
    every = _of(tuple(name for names in DATABASES.values() for name in names))
    return (*own, Right(OPERATOR, (*every, MONITOR)))


def users() -> tuple[str, ...]:
    """Name all users but the one who makes them."""
    return tuple(right.user for right in rights())


def _of(databases: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
    return tuple({"role": "readWrite", "db": name} for name in databases)
