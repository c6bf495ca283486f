"""The data directory: never another's files, never two stacks, a private key."""

import stat
from pathlib import Path

import pytest

from deploy.local.datadir import DataDir, Endpoints
from deploy.local.errors import UsageError

ENDPOINTS = Endpoints("i", "n", "a", "r", "c", "k", "m", "secret", "d")


def mode(file: Path) -> int:
    """Give the permission bits."""
    return stat.S_IMODE(file.stat().st_mode)


def test_a_directory_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Neither a start nor a reset may touch what is not ours."""
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years of work")

    with pytest.raises(UsageError, match="not Dualwatch's"):
        DataDir(tmp_path).acquire()

    assert list(tmp_path.iterdir()) == [thesis]


def test_two_stacks_never_share_a_directory(tmp_path: Path) -> None:
    """The second is told, and may start once the first has released it."""
    first, second = DataDir(tmp_path / "data"), DataDir(tmp_path / "data")
    first.acquire()

    with pytest.raises(UsageError, match="in use"):
        second.acquire()

    first.release()
    second.acquire()
    second.release()


def test_a_reset_deletes_the_data_and_keeps_the_directory_ours(tmp_path: Path) -> None:
    """After a reset the same directory can be used again."""
    data = DataDir(tmp_path / "data")
    data.acquire()
    (data.path / "mongo").mkdir()
    (data.path / "mongo" / "file").touch()
    key = data.key()

    data.reset()

    assert not (data.path / "mongo").exists()
    assert data.key() != key
    data.release()
    data.acquire()
    data.release()


def test_a_reset_follows_no_symbolic_link(tmp_path: Path) -> None:
    """What a link points at lies outside and stays."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    data = DataDir(tmp_path / "data")
    data.acquire()
    (data.path / "link").symlink_to(outside)

    data.reset()
    data.release()

    assert (outside / "file").exists()


def test_a_reset_needs_the_lock(tmp_path: Path) -> None:
    """Data in use is never deleted."""
    with pytest.raises(UsageError):
        DataDir(tmp_path).reset()


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    """A restart keeps the key; nobody else on the machine can read it."""
    data = DataDir(tmp_path)

    assert data.key() == data.key()
    assert mode(tmp_path / "key") == 0o600


def test_endpoints_can_be_read_while_the_stack_runs(tmp_path: Path) -> None:
    """They hold the key, so they are private, and they go away with the stack."""
    data = DataDir(tmp_path)
    data.acquire()
    data.publish(ENDPOINTS)

    assert Endpoints.read(tmp_path) == ENDPOINTS
    assert mode(tmp_path / "dualwatch.json") == 0o600
    data.release()
    assert Endpoints.read(tmp_path) is None
