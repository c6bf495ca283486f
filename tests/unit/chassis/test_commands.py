"""What is written at once fits MongoDB's largest command."""

from typing import Any

import pytest
from pymongo.errors import OperationFailure

from services.chassis import commands


class Database:
    """Notes the commands it is given."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        self.commands: list[dict[str, Any]] = []
        self._answer = answer

    async def command(self, command: dict[str, Any], *, session: object) -> dict[str, Any]:
        """Take a command."""
        assert session == "session"
        self.commands.append(command)
        written = command.get("updates") or command["documents"]
        return self._answer or {"ok": 1, "n": len(written)}


def _value(size: int) -> bytes:
    return bytes(size)


async def test_documents_that_are_too_much_for_one_command_are_written_by_several() -> None:
    """Each part holds as many as fit, all come, in order."""
    database: Any = Database()
    third = commands.COMMAND_BYTES_MAX // 3
    documents = [{"_id": number, "e": _value(third)} for number in range(5)]

    await commands.insert(database, "entries", documents, "session")  # type: ignore[arg-type]

    parts = [[item["_id"] for item in c["documents"]] for c in database.commands]
    assert parts == [[0, 1], [2, 3], [4]]
    assert all(command["ordered"] is False for command in database.commands)


@pytest.mark.parametrize("shape", ["set", "replacement"])
async def test_changes_weigh_what_they_write(shape: str) -> None:
    """Whether fields are set or a document is replaced."""
    database: Any = Database()
    fields = {"state": _value(commands.COMMAND_BYTES_MAX // 2)}
    change = {"$set": fields} if shape == "set" else fields
    changes = [{"q": {"_id": number}, "u": change} for number in range(3)]

    await commands.update(database, "years", changes, "session")  # type: ignore[arg-type]

    assert [len(command["updates"]) for command in database.commands] == [1, 1, 1]


@pytest.mark.parametrize("form", ["text", "records", "fields"])
async def test_what_lies_within_a_document_weighs_as_well(form: str) -> None:
    """Records of an outbox lie in a list, what people wrote of an alert in a document."""
    database: Any = Database()
    half = commands.COMMAND_BYTES_MAX // 2
    long = {
        "text": "督" * (half // 3),
        "records": [(b"key", _value(half))],
        "fields": {"comments": [{"text": "办" * (half // 3)}]},
    }
    documents = [{"_id": number, "e": long[form]} for number in range(2)]

    await commands.insert(database, "outbox", documents, "session")  # type: ignore[arg-type]

    assert [len(command["documents"]) for command in database.commands] == [1, 1]


async def test_it_is_told_how_many_changes_met_a_document() -> None:
    """Of all parts together: who compares and sets learns whether all did."""
    database: Any = Database()
    long = {"$set": {"state": _value(commands.COMMAND_BYTES_MAX // 2)}}
    changes = [{"q": {"_id": number, "version": 1}, "u": long} for number in range(3)]

    met = await commands.update(database, "alerts", changes, "session")  # type: ignore[arg-type]

    assert (met, len(database.commands)) == (3, 3)


async def test_a_document_larger_than_any_command_is_left_to_mongodb_to_refuse() -> None:
    """It comes alone; nothing is dropped."""
    database: Any = Database()
    documents = [{"_id": 0, "e": _value(commands.COMMAND_BYTES_MAX + 1)}, {"_id": 1}]

    await commands.insert(database, "entries", documents, "session")  # type: ignore[arg-type]

    assert [len(command["documents"]) for command in database.commands] == [1, 1]


async def test_nothing_to_write_is_no_command() -> None:
    """MongoDB refuses an empty one."""
    database: Any = Database()

    await commands.insert(database, "entries", [], "session")  # type: ignore[arg-type]

    assert database.commands == []


async def test_a_document_that_is_refused_is_an_error() -> None:
    """The first refusal names code and text: the transaction must end."""
    database: Any = Database({"writeErrors": [{"code": 11000, "errmsg": "duplicate key"}]})

    with pytest.raises(OperationFailure, match="duplicate key") as caught:
        await commands.insert(database, "claims", [{"_id": 1}], "session")  # type: ignore[arg-type]

    assert caught.value.code == 11000
