"""Kafka's jars: locked, verified, taken from where the machine is configured to take them."""

import hashlib
from pathlib import Path

import pytest

from deploy.local import jars
from deploy.local.errors import MissingPrerequisiteError

SETTINGS = """<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0"><mirrors>
<mirror><id>b</id><mirrorOf>{other}</mirrorOf><url>mirror:one</url><blocked>true</blocked></mirror>
<mirror><id>m</id><mirrorOf>{of}</mirrorOf><url>mirror:two/</url></mirror>
</mirrors></settings>"""
CONTENT = b"not really a jar"


def lock_of_one(folder: Path, sha256: str) -> Path:
    """Write a lock that names one jar."""
    lock = folder / "lock.toml"
    lock.write_text(
        f'[[jar]]\ncoordinate = "g:a:1"\nsha256 = "{sha256}"\nsize_bytes = {len(CONTENT)}\n'
    )
    return lock


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine without network whose local Maven repository holds the one jar."""
    jar = tmp_path / "m2" / "g" / "a" / "1" / "a-1.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(CONTENT)
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setenv("DUALWATCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jars, "mirror_of_central", lambda _: (tmp_path / "nowhere").as_uri())
    return tmp_path


def use_lock(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put this lock in the place of the committed one."""
    locked = jars.read_lock(lock)
    monkeypatch.setattr(jars, "read_lock", lambda: locked)


def test_the_committed_lock_names_every_jar_and_no_address() -> None:
    """What is committed works behind any mirror."""
    text = jars.LOCK_FILE.read_text()

    assert len(jars.read_lock()) > 40
    assert "http" not in text


@pytest.mark.parametrize(
    ("mirror_of", "expected"),
    [
        ("central", "mirror:two"),
        ("*", "mirror:two"),
        ("external:*, !internal", "mirror:two"),
        ("*,!central", None),
        ("internal", None),
    ],
)
def test_the_mirror_of_mavens_settings_is_used(
    tmp_path: Path, mirror_of: str, expected: str | None
) -> None:
    """As Maven reads them: the first that covers central and is not blocked."""
    settings = tmp_path / "settings.xml"
    settings.write_text(SETTINGS.format(of=mirror_of, other="*"))

    assert jars.mirror_of_central([tmp_path / "absent.xml", settings]) == expected


def test_jars_are_kept_in_the_cache(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing is fetched."""
    use_lock(lock_of_one(machine, hashlib.sha256(CONTENT).hexdigest()), monkeypatch)
    said: list[str] = []

    first = jars.jars(said.append)
    second = jars.jars(said.append)

    assert first == second
    assert first[0].read_bytes() == CONTENT
    assert len(said) == 1


def test_a_damaged_jar_in_the_cache_is_fetched_again(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache is not believed either."""
    use_lock(lock_of_one(machine, hashlib.sha256(CONTENT).hexdigest()), monkeypatch)
    (jar,) = jars.jars()
    jar.write_bytes(CONTENT[::-1])

    assert jars.jars()[0].read_bytes() == CONTENT


def test_a_jar_that_is_not_the_locked_one_is_refused(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it reaches the cache."""
    use_lock(lock_of_one(machine, "0" * 64), monkeypatch)

    with pytest.raises(MissingPrerequisiteError, match="not the locked file"):
        jars.jars()

    assert list((machine / "cache").rglob("*.jar")) == []


def test_without_network_the_message_says_what_to_do(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the missing jar and the way out."""
    use_lock(lock_of_one(machine, "0" * 64), monkeypatch)
    monkeypatch.setenv("M2_REPO", str(machine / "empty"))

    with pytest.raises(
        MissingPrerequisiteError, match=r"g:a:1.*DUALWATCH_KAFKA__BOOTSTRAP_SERVERS"
    ):
        jars.jars()
