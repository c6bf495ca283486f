"""A million lines of a CSV: mapped and published in memory that does not grow with the file."""

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

from contracts.codec import encode
from deploy.local.stack import Stack
from tests.bench.files import JURISDICTION, run, write
from tests.support import builders
from tests.support.stack import free_ports_from
from tests.unit.intake_files.table_files import MAPPING

pytestmark = [pytest.mark.integration, pytest.mark.long]

CLI = Path(sys.executable).with_name("dualwatch")
ROWS = 1_000_000
GROWTH_MAX = 1.25
"""Memory for all rows ÷ memory for a tenth of them."""
LOOP_MAX = 2.0
"""Memory of the mapper ÷ memory of csv.reader and json.dumps."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the file, and a tenth of it."""
    place = tmp_path_factory.mktemp("million")
    for rows in (ROWS // 10, ROWS):
        write(place / f"{rows}.csv", rows)
    return place


def test_mapping_takes_constant_memory(folder: Path) -> None:
    """Ten times the rows take the same; what a bare loop takes is not doubled."""
    tenth, whole = (run("mapper", folder / f"{rows}.csv") for rows in (ROWS // 10, ROWS))
    loop = run("loop", folder / f"{ROWS}.csv")

    assert ROWS == whole["rows"] == loop["rows"]
    assert whole["peak_mib"] < GROWTH_MAX * tenth["peak_mib"]
    assert whole["peak_mib"] < LOOP_MAX * loop["peak_mib"]


def test_publishing_takes_constant_memory_and_counts_every_line(folder: Path) -> None:
    """The tenth first; then all, of which the tenth's numbered vouchers are duplicates."""
    (folder / "vouchers.yaml").write_text(MAPPING, encoding="utf-8")
    city = folder / "city.jsonl"
    city.write_bytes(encode(builders.jurisdiction(JURISDICTION)))
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-test-") as data,
        Stack(Path(data) / "data", ports_from=free_ports_from(), services=("intake",)) as stack,
    ):
        environ = os.environ | {"DUALWATCH_DATA_DIR": str(stack.endpoints().data_dir)}
        _publish(city, [], environ)
        options = ["--mapping", str(folder / "vouchers.yaml"), "--jurisdiction", JURISDICTION]
        tenth, tenth_peak = _publish(folder / f"{ROWS // 10}.csv", options, environ)
        whole, whole_peak = _publish(folder / f"{ROWS}.csv", options, environ)

    assert (ROWS // 10, ROWS // 10, 0, 0) == tenth
    assert (ROWS, ROWS - ROWS // 10, ROWS // 10, 0) == whole
    assert whole_peak < GROWTH_MAX * tenth_peak


def _publish(
    file: Path, options: list[str], environ: dict[str, str]
) -> tuple[tuple[int, ...], int]:
    """Run the command in a process of its own; return its counts and its peak memory."""
    out = file.with_suffix(".json")
    with out.open("wb") as stream:
        command = [str(CLI), "publish", str(file), *options, "--no-wait", "--json"]
        actions = [(os.POSIX_SPAWN_DUP2, stream.fileno(), 1)]
        pid = os.posix_spawn(command[0], command, environ, file_actions=actions)
        _, status, used = os.wait4(pid, 0)
    assert 0 == status
    counts = json.loads(out.read_text())
    names = ("sent", "accepted", "duplicate", "quarantined")
    return tuple(counts[name] for name in names), used.ru_maxrss
