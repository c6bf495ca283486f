"""Proofs over HTTP and from the command line, of a running intake that makes checkpoints itself."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from deploy.local.datadir import DataDir
from deploy.local.stack import Stack
from services.intake.domain.proofs import check, read_proof
from services.intake.store.signing import verifier
from tests.integration.intake.running import PARTITIONS, Intake, new_code, running
from tests.support.eventually import eventually_async
from tests.support.hostile import event, registered

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Make the key as `dualwatch up` does, and say what intake is told."""
    path = tmp_path_factory.mktemp("proofs")
    environment = DataDir(path).checkpoint_environment()
    prefix = "DUALWATCH_INTAKE__"
    settings = {name.removeprefix(prefix).lower(): v for name, v in environment.items()}
    return {**settings, "checkpoint_seconds": 1.0, "public": path / "checkpoint.pub"}


@pytest.fixture(scope="module")
async def proving(shared_stack: Stack, told: dict[str, Any]) -> AsyncIterator[Intake]:
    """Run an intake that makes checkpoints."""
    settings = {name: value for name, value in told.items() if name != "public"}
    async with running(shared_stack, **settings) as intake:
        await intake.service.mongo.db["checkpoints"].delete_many({})
        yield intake


async def entered(intake: Intake) -> str:
    """Enter a few facts of a new project and give its id."""
    code = new_code()
    answer = await intake.send(
        registered(code), *(event(f"{code}-{n}", f"{code}/P1") for n in "abc")
    )
    assert 4 == answer["counts"]["accepted"]
    return f"{code}/P1"


def kept_in(folder: Path) -> list[Any]:
    """Read the checkpoints of a directory."""
    files = sorted(folder.glob("[0-9]*.json"))
    return [json.loads(file.read_text("utf-8")) for file in files]


async def prove(intake: Intake, stream: str, sequence: int) -> httpx.Response:
    """Ask for a proof."""
    return await intake.client.get(f"/v1/proofs/{quote(stream, safe='')}/{sequence}")


async def test_checkpoints_are_made_by_themselves(proving: Intake, told: dict[str, Any]) -> None:
    """While the ledger grows; each is in the directory and told over HTTP."""
    before = len((await proving.get("/v1/checkpoints", limit=1_000))["items"])
    await entered(proving)

    async def made() -> bool:
        return len((await proving.get("/v1/checkpoints", limit=1_000))["items"]) > before

    await eventually_async(made)
    items = (await proving.get("/v1/checkpoints", limit=1_000))["items"]
    # The next ones may be made meanwhile.
    assert items == kept_in(Path(told["checkpoints"]))[: len(items)]
    page = await proving.get("/v1/checkpoints", limit=1)
    assert (items[:1], 1) == (page["items"], page["next"])
    later = (await proving.get("/v1/checkpoints", after=len(items)))["items"]
    assert all(checkpoint["number"] > len(items) for checkpoint in later)


async def test_an_entry_is_proved_to_whoever_has_the_key(
    proving: Intake, told: dict[str, Any]
) -> None:
    """Not yet, then against a checkpoint that was asked for."""
    stream = await entered(proving)
    answer = await proving.client.post("/v1/checkpoints")
    assert answer.status_code == 200, answer.text
    proof = await prove(proving, stream, 2)
    key = (await proving.get("/v1/checkpoints/key"))["public_key"].encode()
    found = check(read_proof(proof.content), verifier([key]))

    assert told["public"].read_bytes() == key
    assert (stream, 2) == (found.stream, found.sequence)
    assert answer.json()["number"] <= found.checkpoint
    [shown] = [e for e in await proving.entries(stream) if e["sequence"] == 2]
    assert shown["position"] == found.position
    assert shown["event"] == json.loads(proof.json()["links"][0]["event"])


async def test_what_cannot_be_proved_is_a_problem(proving: Intake) -> None:
    """No such entry, no such stream, no such number."""
    stream = await entered(proving)
    wanted = {
        (stream, 99): (404, "unknown_entry"),
        ("nobody/knows", 1): (404, "unknown_entry"),
        (stream, 0): (422, "invalid_parameter"),
    }
    for (name, sequence), expected in wanted.items():
        answer = await prove(proving, name, sequence)
        assert expected[0] == answer.status_code


async def test_the_whole_ledger_is_given_page_by_page(proving: Intake) -> None:
    """Every entry of every partition once, with all that its hash covers."""
    await entered(proving)
    cut = [int(word) for word in (await proving.get("/v1/position"))["position"].split("-")]
    for partition, end in enumerate(cut):
        after, seen = 0, list[dict[str, Any]]()
        while after < end:
            answer = await proving.client.get(
                "/v1/entries", params={"partition": partition, "after": after, "limit": 7}
            )
            lines = [json.loads(line) for line in answer.content.splitlines()]
            assert 0 < len(lines) <= 7
            seen += lines
            after = seen[-1]["position"]
        assert list(range(1, len(seen) + 1)) == [entry["position"] for entry in seen]
        for entry in seen[:20]:
            [shown] = await shown_of(proving, entry)
            assert (shown["hash"], shown["publisher"]) == (entry["hash"], entry["publisher"])
    nothing = await proving.client.get("/v1/entries", params={"partition": 0, "after": cut[0]})
    assert (200, b"") == (nothing.status_code, nothing.content)
    wrong = await proving.client.get("/v1/entries", params={"partition": PARTITIONS})
    assert (404, "unknown_partition") == (wrong.status_code, wrong.json()["code"])


async def shown_of(intake: Intake, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask for one entry as the ledger shows it."""
    stream = quote(entry["stream"], safe="")
    found = await intake.get(f"/v1/ledger/{stream}", after=entry["sequence"] - 1, limit=1)
    return list(found["items"])


async def test_verification_names_the_checkpoint_it_compared_with(proving: Intake) -> None:
    """So that everybody sees up to where it reaches."""
    await entered(proving)
    made = (await proving.client.post("/v1/checkpoints")).json()
    found = await proving.get("/v1/ledger/verification")

    assert made["number"] <= found["checkpoint"]
    assert made["made"] <= found["checkpoint_made"]
