"""The image: what it holds, who it runs as, how it says that it lives."""

import http.server
import importlib.metadata
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.image import alive, entry, runtime
from services.reporting.outputs import fonts
from tests.architecture.repository import ROOT, pyproject

DOCKERFILE: Final = ROOT / "deploy" / "Dockerfile"
HADOLINT: Final = Path(sys.executable).with_name("hadolint")
LOCK: Final = (ROOT / "requirements.lock").read_text("utf-8")


@pytest.fixture(scope="module")
def steps() -> list[str]:
    """Read the Dockerfile's instructions, each on one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


@pytest.fixture(scope="module")
def final(steps: list[str]) -> list[str]:
    """Give those of the last stage."""
    return steps[max(i for i, step in enumerate(steps) if step.startswith("FROM ")) :]


def is_for_here(package: runtime.Locked) -> bool:
    """Tell whether a package is for this kind of machine at all."""
    marker = Requirement(package.lines[0].rstrip("\\ ")).marker
    return marker is None or marker.evaluate()


def test_hadolint_finds_nothing() -> None:
    """The linter of Dockerfiles, with all its rules."""
    found = subprocess.run(  # noqa: S603 - a locked tool
        [HADOLINT, str(DOCKERFILE)], capture_output=True, text=True, check=False
    )

    assert (0, "") == (found.returncode, found.stdout + found.stderr)


def test_it_runs_as_nobody_in_particular(final: list[str]) -> None:
    """By number, so that Kubernetes can tell that it is not root."""
    assert [step for step in final if step.startswith("USER ")] == ["USER 10001:10001"]


def test_the_last_stage_builds_nothing(final: list[str]) -> None:
    """It takes what was made, installs nothing, and fetches nothing."""
    text = "\n".join(final)

    assert "COPY --from=build /opt/dualwatch /opt/dualwatch" in text
    assert not re.search(r"apt-get|pip |curl|wget|gcc|ADD ", text)
    assert [step for step in final if step.startswith("COPY ")] == [
        "COPY --from=build /opt/dualwatch /opt/dualwatch"
    ]


def test_everything_is_installed_by_its_hash(steps: list[str]) -> None:
    """No package comes that the lock does not name."""
    installs = [part for step in steps for part in step.split("&&") if "pip install" in part]

    assert len(installs) == 3
    assert all("--require-hashes" in part or "--no-index" in part for part in installs)


def test_it_says_what_it_is_and_how_it_lives(final: list[str]) -> None:
    """Labels, the way to stop it, and its health check."""
    text = "\n".join(final)

    assert "org.opencontainers.image.version" in text
    assert "STOPSIGNAL SIGTERM" in final
    assert any(step.startswith("HEALTHCHECK ") and "deploy.image.alive" in step for step in final)
    assert "PYTHONDONTWRITEBYTECODE=1" in text


def test_it_holds_what_runs_and_what_that_needs() -> None:
    """Whatever a package of the image asks for is there, but for what is never imported."""
    locked = runtime.runtime(runtime.read(LOCK))
    picked = {package.name for package in locked}
    here = {package.name for package in locked if is_for_here(package)}
    missing = {
        (name, need.name)
        for name in here - runtime.ONLY_FILES
        for need in map(Requirement, importlib.metadata.requires(name) or ())
        if need.marker is None or need.marker.evaluate({"extra": ""})
        if canonicalize_name(need.name) not in picked
    }

    assert missing == set()


def test_it_holds_all_that_we_ask_for_but_the_embedded_stores() -> None:
    """And no tool of the tests."""
    wanted = {
        canonicalize_name(Requirement(line).name) for line in pyproject()["project"]["dependencies"]
    }
    picked = {package.name for package in runtime.runtime(runtime.read(LOCK))}

    assert wanted - picked == runtime.EMBEDDED
    assert picked & {"pytest", "ruff", "uv", "hatchling", *runtime.EMBEDDED} == set()


def test_its_chinese_fonts_come_with_a_package() -> None:
    """Nothing of the machine is needed for PDF and charts."""
    picked = {package.name for package in runtime.runtime(runtime.read(LOCK))}

    assert "mplfonts" in picked
    assert fonts.__doc__
    assert "Noto" in fonts.__doc__


@pytest.mark.parametrize("service", entry.SERVICES)
def test_a_services_name_runs_it(service: str) -> None:
    """Nothing is imported from the folder it runs in."""
    assert entry.command([service])[1:] == ["-P", "-m", f"services.{service}"]


def test_anything_else_is_a_command() -> None:
    """`docker run dualwatch setup …`."""
    assert Path(entry.command(["setup", "kafka"])[2]).name == "dualwatch"
    assert entry.command(["setup", "kafka"])[3:] == ["setup", "kafka"]


class Answering(http.server.BaseHTTPRequestHandler):
    """A service whose health is what its class says."""

    status = 200

    def do_GET(self) -> None:
        """Answer /livez."""
        self.send_response(self.status if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing."""


@pytest.mark.enable_socket
@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_asks_whether_it_lives(
    monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    """On the port that the container was told; alive and stuck."""
    monkeypatch.setattr(Answering, "status", status)
    monkeypatch.setattr(sys, "argv", ["alive"])
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in alive.PORTS:
            monkeypatch.setenv(f"DUALWATCH_{name.upper()}__PORT", str(server.server_port))
        found = alive.main()
        server.shutdown()

    assert code == found
