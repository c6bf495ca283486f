"""`make test` runs every test and hides no failure."""

from pathlib import Path

import pytest

from tests.architecture.repository import tracked
from tests.support import groups

FAILS_ONCE = """
from pathlib import Path
mark = Path(__file__).with_name("seen")
def test_a(): pass
def test_b():
    seen = mark.exists()
    mark.touch()
    assert seen
"""

SHARES = """
import pytest
from pathlib import Path
@pytest.fixture(scope="module")
def started(): return Path(__file__).with_suffix(".started").touch(exist_ok=False)
def test_a(started): pass
def test_b(started): pass
def test_c(started): pass
"""


def test_every_folder_with_tests_is_a_group() -> None:
    """A test that no target runs would rot unseen."""
    files = [path for path in tracked() if path.parts[0] == "tests"]
    folders = {path.parts[1] for path in files if path.name.startswith("test_")}

    assert folders <= set(groups.OPTIONS)


@pytest.mark.parametrize(
    ("body", "passed", "failed"),
    [
        ("def test_a(): pass", 1, 0),
        ("def test_a(): pass\ndef test_b(): raise AssertionError", 1, 1),
        ("import os\ndef test_a(): os._exit(0)", 0, 1),
        ("import nowhere_to_be_found", 0, 1),
        ("", 0, 0),
    ],
    ids=["all-pass", "one-fails", "process-ends", "no-import", "no-tests"],
)
def test_group_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, passed: int, failed: int
) -> None:
    """A group that ends badly in any way has a failure."""
    (tmp_path / "test_it.py").write_text(body, "utf-8")
    monkeypatch.setitem(groups.OPTIONS, "it", (str(tmp_path), "-p", "no:cacheprovider"))

    result = groups.run("it", ())

    assert (passed, failed) == (result.passed, result.failed)


@pytest.mark.parametrize(
    ("body", "passed", "failed", "unsteady"),
    [
        (
            FAILS_ONCE,
            2,
            0,
            1,
        ),
        ("def test_a(): pass\ndef test_b(): raise AssertionError", 1, 1, 0),
        ("import nowhere_to_be_found", 0, 1, 0),
    ],
    ids=["unsteady", "fails-twice", "no-import"],
)
def test_a_failure_among_real_processes_is_looked_at_twice(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    body: str,
    passed: int,
    failed: int,
    unsteady: int,
) -> None:
    """What fails twice has failed; what passes alone is named, not hidden."""
    (tmp_path / "test_it.py").write_text(body, "utf-8")
    cache = ("-o", f"cache_dir={tmp_path / 'cache'}")
    options = (str(tmp_path), *cache, *groups.SIDE_BY_SIDE)
    monkeypatch.setitem(groups.OPTIONS, "e2e", options)

    result = groups.run("e2e", ())

    assert (passed, failed, unsteady) == (result.passed, result.failed, result.unsteady)


def test_a_file_s_tests_stay_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Side by side or not, a file starts once what its tests share."""
    for name in ("test_a.py", "test_b.py", "test_c.py"):
        (tmp_path / name).write_text(SHARES, "utf-8")
    options = (str(tmp_path), "-p", "no:cacheprovider", *groups.SIDE_BY_SIDE)
    monkeypatch.setitem(groups.OPTIONS, "it", options)

    result = groups.run("it", ())

    assert (9, 0) == (result.passed, result.failed)


def test_what_tests_write_stays_on_the_disk_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a folder that is not there nor one with little room is taken."""
    assert not groups.has_room(tmp_path / "absent")

    monkeypatch.setattr(groups, "ROOM_BYTES", 1)
    monkeypatch.setattr(groups, "MEMORY_BYTES", 1)
    assert groups.has_room(tmp_path)

    monkeypatch.setattr(groups, "MEMORY_BYTES", 2**60)
    assert not groups.has_room(tmp_path)
