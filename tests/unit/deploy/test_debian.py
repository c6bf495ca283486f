"""Programs of Debian's packages: PATH first, then the cache, then apt; never silently missing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import debian
from deploy.local.errors import MissingPrerequisiteError

TOOL = debian.Program("sometool", "some-package", debian_name="some-tool")

APT = """#!/bin/sh
echo "$*" >> "{calls}"
case "$*" in
    *Dir::State*update) ;;
    *Dir::State*download*) touch some-package_1_all.deb ;;
    *) {machine} ;;
esac
"""
DPKG = """#!/bin/sh
[ "$1" = -x ] && mkdir -p "$3/usr/bin" && touch "$3/usr/bin/"{holds}
"""

Machine = Callable[..., Path]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give a machine whose apt-get and dpkg-deb do as they are told, and what it was told."""

    def made(download: str = "touch some-package_1_all.deb", holds: str = "some-tool") -> Path:
        calls = tmp_path / "calls"
        bin_folder = tmp_path / "bin"
        bin_folder.mkdir()
        _script(bin_folder / "apt-get", APT.format(calls=calls, machine=download))
        _script(bin_folder / "dpkg-deb", DPKG.format(holds=holds))
        monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")
        monkeypatch.setenv("DUALWATCH_CACHE_DIR", str(tmp_path / "cache"))
        return calls

    return made


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize("name", ["sometool", "some-tool"])
def test_what_is_on_path_is_taken(machine: Machine, tmp_path: Path, name: str) -> None:
    """Under its own name or Debian's; apt is not asked."""
    calls = machine()
    _script(tmp_path / "bin" / name, "#!/bin/sh\n")

    assert tmp_path / "bin" / name == debian.program(TOOL)
    assert not calls.exists()


def test_a_package_is_fetched_once(machine: Machine) -> None:
    """The second time it lies in the cache."""
    calls, said = machine(), list[str]()

    first = debian.program(TOOL, said.append)
    second = debian.program(TOOL, said.append)

    assert first == second
    assert first.is_file()
    assert ["-qq download some-package"] == calls.read_text().splitlines()
    assert ["fetching Debian's package some-package, once for this user"] == said


def test_a_machine_without_package_lists_gets_some_of_its_own(machine: Machine) -> None:
    """In a folder that goes again; the machine's own stay as they are."""
    calls = machine(download="exit 100")

    assert debian.program(TOOL).is_file()
    assert ["download", "update", "download"] == [
        next(word for word in line.split() if word in {"download", "update"})
        for line in calls.read_text().splitlines()
    ]


def test_a_program_finds_its_own_folder(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was built to look below / looks below its package, if it is started there."""
    machine(holds="some-tool; printf 'at /usr/share/some/x' > $3/usr/bin/some-tool; :")
    tool = debian.Program("sometool", "some-package", "some-tool", home="/usr/share/some")
    monkeypatch.setattr(debian, "PROGRAMS", (tool,))

    found = debian.program(tool)

    assert "at usr/share/some//x" == found.read_text()
    assert tmp_path / "cache" / "debian" / "some-package" == debian.started_in(found)
    assert debian.started_in(Path("/usr/bin/some-tool")) is None


@pytest.mark.parametrize(
    ("download", "holds", "why"),
    [("exit 0", "some-tool", "left 0 packages"), ("touch some_1.deb", "other", "does not hold it")],
)
def test_a_failure_says_what_to_do(machine: Machine, download: str, holds: str, why: str) -> None:
    """The message names the package, why it did not come, and the command that helps."""
    machine(download=download, holds=holds)

    with pytest.raises(MissingPrerequisiteError, match=why) as raised:
        debian.program(TOOL)

    assert "apt-get install some-package" in str(raised.value)


def test_a_machine_without_apt_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every Linux is a Debian."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DUALWATCH_CACHE_DIR", str(tmp_path / "cache"))

    with pytest.raises(MissingPrerequisiteError, match="put sometool on PATH"):
        debian.program(TOOL)
