"""Where the services are: the environment wins over the running stack's file."""

from pathlib import Path

import pytest

from deploy.local.datadir import DataDir, Endpoints
from services.cli import main
from services.cli.errors import CliError, ExitCode
from services.cli.places import Service, find_places, places_of

ENDPOINTS = Endpoints(
    **{service.value: f"http://127.0.0.1/{service}" for service in Service},
    kafka="k",
    mongo="m",
    key="stack-key",
    data_dir="d",
)


def test_a_running_stack_is_found_by_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DUALWATCH_DATA_DIR names it; single services can be elsewhere."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path))
    DataDir(tmp_path).publish(ENDPOINTS)
    places = find_places({"DUALWATCH_ALERTS__URL": "http://elsewhere/", "DUALWATCH_KEY": "mine"})

    assert "http://127.0.0.1/intake" == places.url(Service.INTAKE)
    assert "http://elsewhere" == places.url(Service.ALERTS)
    assert ("mine", "stack-key") == (places.key, find_places({}).key)
    assert places_of(ENDPOINTS) == find_places({})


def test_without_a_stack_the_person_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words of the command line, with the exit code of an absent service."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path))
    for service in Service:
        monkeypatch.delenv(service.variable, raising=False)

    with pytest.raises(CliError, match="dualwatch up"):
        find_places({}).url(Service.INTAKE)
    with pytest.raises(SystemExit) as ended:
        main(["quarantine", "list"])
    assert ExitCode.UNREACHABLE == ended.value.code
    assert "DUALWATCH_INTAKE__URL" in capsys.readouterr().err
