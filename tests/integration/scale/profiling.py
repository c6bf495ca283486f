"""What MongoDB's profiler says of every query of the services, by collection and shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo import MongoClient

SERVICES: Final = ("intake", "analysis", "alerts", "reporting")
PROFILE_BYTES: Final = 512 * 1024 * 1024
ALL: Final = 2
NOTHING: Final = 0
Documents = MongoClient[dict[str, Any]]


@dataclass(frozen=True, order=True)
class Shape:
    """One kind of query."""

    collection: str
    """Service and collection."""
    operation: str
    fields: tuple[str, ...]
    """What is asked by."""

    @property
    def place(self) -> tuple[str, str]:
        """Database and collection."""
        service, _, name = self.collection.partition(".")
        return f"dualwatch_{service}", name


@dataclass(order=True)
class Seen:
    """What queries of one shape have done at worst."""

    plans: set[str] = field(compare=False)
    queries: int = 0
    examined: int = 0
    """Documents of the worst one."""
    returned: int = 0
    """What that one has given or changed."""

    @property
    def scans(self) -> bool:
        """Whether one of them has read a collection from its beginning to its end."""
        return any("COLLSCAN" in plan for plan in self.plans)


def begin(client: Documents) -> None:
    """Have every operation noted from now on."""
    for service in SERVICES:
        database = client[f"dualwatch_{service}"]
        database.command("profile", NOTHING)
        database.drop_collection("system.profile")
        database.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
        database.command("profile", ALL)


def end(client: Documents) -> dict[Shape, Seen]:
    """Stop noting; give what was seen."""
    found: dict[Shape, Seen] = {}
    for service in SERVICES:
        database = client[f"dualwatch_{service}"]
        database.command("profile", NOTHING)
        for noted in database["system.profile"].find({"planSummary": {"$exists": True}}):
            collection = noted["ns"].partition(".")[2]
            if collection.startswith("system."):
                continue
            _add(found, f"{service}.{collection}", noted)
    return found


def _add(found: dict[Shape, Seen], collection: str, noted: Mapping[str, Any]) -> None:
    command = noted.get("command", {})
    shape = Shape(collection, _operation(noted), tuple(sorted(set(_fields(_filter(command))))))
    seen = found.setdefault(shape, Seen(set()))
    seen.plans.add(noted["planSummary"])
    seen.queries += 1
    examined = int(noted.get("docsExamined", 0))
    if examined >= seen.examined:
        seen.examined = examined
        seen.returned = int(noted.get("nreturned") or noted.get("nMatched") or 0)


def _operation(noted: Mapping[str, Any]) -> str:
    command = noted.get("command", {})
    names = ("aggregate", "count", "distinct", "findAndModify", "getMore")
    return next((name for name in names if name in command), str(noted["op"]))


def _filter(command: Mapping[str, Any]) -> Mapping[str, Any]:
    if "getMore" in command:
        return {}
    if "aggregate" in command:
        first: Mapping[str, Any] = next(iter(command.get("pipeline", ())), {})
        return dict(first.get("$match", {}))
    return dict(command.get("filter") or command.get("query") or command.get("q") or {})


def _fields(asked: Mapping[str, Any]) -> Iterator[str]:
    for name, value in asked.items():
        if name.startswith("$"):
            for part in value if isinstance(value, list) else ():
                yield from _fields(part)
        else:
            yield name
