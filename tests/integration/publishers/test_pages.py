"""The pages for publishers: copied as they stand, they do what they say."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from deploy.local.stack import Stack
from services.cli.contracts import Checked, faults_in
from tests.integration.publishers.client import Client
from tests.integration.publishers.java import compiled
from tests.integration.publishers.pages import FOLDER, Block, answers, blocks
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

PROJECT: Final = "610100/61010026T175070060003"
RUN_SECONDS: Final = 120
BASH: Final = ("bash", "-euo", "pipefail", "-c")


@pytest.fixture(scope="module")
def environ(publishing: Stack) -> dict[str, str]:
    """What the pages say one needs, and our command on the path."""
    places = publishing.endpoints()
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DUALWATCH_INTAKE__URL": places.intake,
        "DUALWATCH_KEY": places.key,
        "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": places.kafka,
        "PUBLISH_TOPIC": "publish.demo",
        "LC_ALL": "C.UTF-8",
    }


def _run(command: Sequence[str], environ: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        list(command),
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _run_in_order(page: Sequence[Block], environ: dict[str, str], folder: Path) -> list[str]:
    """Run a page's shell blocks one after the other, each after the first, which sets names."""
    first, *rest = page
    printed = []
    for block in rest:
        printed.append(_run([*BASH, first.code + block.code], environ, folder))
        assert block.answer is None or answers(block.answer, printed[-1]), printed[-1]
    return printed


@pytest.fixture(scope="module")
def registered(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Do what every page begins with: the whole of the curl page."""
    return _run_in_order(blocks("curl.md", "sh"), environ, tmp_path_factory.mktemp("curl"))


def _accepted(client: Client, *ids: str) -> None:
    """Wait until events are in the project's stream: Kafka's door answers nobody."""
    eventually(lambda: set(ids) <= {entry["event"]["id"] for entry in client.entries(PROJECT)})


def test_the_curl_page(registered: list[str]) -> None:
    """From the first registration to the refusal, each block with the answer that it shows."""
    shown = [block for block in blocks("curl.md", "sh") if block.answer is not None]

    assert len(registered) == len(shown) == 6


def test_the_python_page_over_http(
    registered: list[str], environ: dict[str, str], tmp_path: Path
) -> None:
    """Batches and verdicts; the wrong amount is told with its field."""
    assert registered
    block = blocks("python.md", "python")[0]
    (tmp_path / "publish.py").write_text(block.code, encoding="utf-8")
    printed = _run([sys.executable, "publish.py"], environ, tmp_path)

    assert answers(block.answer or "?", printed), printed


def test_the_python_page_over_kafka(
    registered: list[str], environ: dict[str, str], tmp_path: Path, client: Client
) -> None:
    """What it confirms comes into the ledger."""
    assert registered
    block = blocks("python.md", "python")[1]
    (tmp_path / "publish.py").write_text(block.code, encoding="utf-8")
    printed = _run([sys.executable, "publish.py"], environ, tmp_path)

    assert answers(block.answer or "?", printed), printed
    _accepted(client, "ZF20260402001-1", "ZF20260402001-2")


@pytest.mark.long
def test_the_java_page(
    registered: list[str], environ: dict[str, str], tmp_path: Path, client: Client
) -> None:
    """Compiled and run with the embedded Kafka's own client library."""
    assert registered
    [block] = blocks("java.md", "java")
    printed = _run(compiled(block.code, "Publish", tmp_path), environ, tmp_path)

    assert answers(block.answer or "?", printed), printed
    _accepted(client, "ZF20260403001-1")


def test_the_kcat_page(
    registered: list[str], environ: dict[str, str], tmp_path: Path, client: Client
) -> None:
    """Structured and binary; where there is no kcat, its structured event is right at least."""
    assert registered
    page = blocks("kcat.md", "sh")
    event = re.search(r"^\{\"specversion.*\}$", page[1].code, re.MULTILINE)
    (tmp_path / "event.jsonl").write_text(event.group() if event else "", encoding="utf-8")
    checked = Checked(faults_max=1)
    with (tmp_path / "event.jsonl").open("rb") as stream:
        assert list(faults_in(stream, checked)) == []
    assert checked.valid == 1

    if shutil.which("kcat") is not None:
        _run_in_order(page, environ, tmp_path)
        _accepted(client, "ZF20260404001-1", "ZF20260404002-1")


def test_every_page_is_run_and_linked() -> None:
    """A page that nothing runs would be wrong before long."""
    pages = {path.name for path in FOLDER.glob("*.md")} - {"README.md"}
    index = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert pages == {"curl.md", "python.md", "java.md", "kcat.md"}
    assert all(f"]({page})" in index for page in pages)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a … c", "a b c", True),
        ("…b…", "abc", True),
        ("a b", "a\n  b", True),
        ("…x…", "abc", False),
        ("(a)", "a", False),
    ],
)
def test_an_answer_is_compared_word_by_word(shown: str, printed: str, *, same: bool) -> None:
    """White space is free, `…` is anything, all else is itself."""
    assert answers(shown, printed) is same
