"""Without sign-in the console listens on loopback, unless somebody says that it may not."""

import pytest

from services.chassis.settings import EXIT_CONFIG, load
from services.console.settings import ConsoleSettings, is_loopback

KEY = "k" * 20


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "console.example"])  # noqa: S104
def test_it_refuses_to_start_where_others_could_reach_it(
    host: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 78, and the setting that is needed by name."""
    monkeypatch.setenv("DUALWATCH_CONSOLE__HOST", host)

    with pytest.raises(SystemExit) as ended:
        load(ConsoleSettings, key=KEY)
    assert EXIT_CONFIG == ended.value.code
    assert "DUALWATCH_CONSOLE__OPEN_WITHOUT_SIGN_IN" in capsys.readouterr().err

    monkeypatch.setenv("DUALWATCH_CONSOLE__OPEN_WITHOUT_SIGN_IN", "true")
    settings = load(ConsoleSettings, key=KEY)
    assert (host, False) == (settings.host, settings.on_loopback)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_needs_no_leave(host: str) -> None:
    """The embedded default."""
    assert is_loopback(host)
    assert ConsoleSettings(key=KEY, host=host).on_loopback


def test_the_services_are_found_by_their_shared_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same that clients read."""
    monkeypatch.setenv("DUALWATCH_ALERTS__URL", "http://alerts.example")

    assert "http://alerts.example" == ConsoleSettings(key=KEY).alerts_url
