"""What an operator's command says where MongoDB or the settings of it cannot be used."""

from pathlib import Path

import pytest

from services.chassis.settings import MongoSettings
from services.cli.environment import operator_settings
from services.cli.errors import CliError, ExitCode
from services.cli.store.client import connected


@pytest.mark.parametrize("password", ["Ge/heim", "Ge@heim", "Ge:heim", "Ge%heim"])
def test_a_password_that_nobody_escaped_is_not_shown_when_its_address_is_refused(
    password: str,
) -> None:
    """MongoDB's client cannot read such an address, and says so in several ways."""
    settings = MongoSettings(url=f"mongodb://intake:{password}@mongo/?replicaSet=rs0")
    with (
        pytest.raises(CliError, match=r"DUALWATCH_MONGO__URL .* is wrong") as told,
        connected(settings),
    ):
        pass

    assert ExitCode.USAGE is told.value.exit_code
    assert "heim" not in str(told.value)


def test_a_group_that_is_no_json_ends_an_operators_command_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the group's name, without what was said."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path))
    said = {
        "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": "kafka:1",
        "DUALWATCH_MONGO__URL": "mongodb://mongo/",
        "DUALWATCH_KAFKA": '{"password": "geheim"',
    }
    with pytest.raises(CliError, match=r"the settings are wrong: .*kafka") as told:
        operator_settings(said)

    assert ExitCode.USAGE is told.value.exit_code
    assert "geheim" not in str(told.value)
