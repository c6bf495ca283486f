"""The example for Alertmanager: it holds, and leads every rule to somebody."""

import subprocess
from typing import Final

import pytest
import yaml

from deploy.local import debian
from tests.support.rules import OBSERVE, Rule, alert_rules

FILE: Final = OBSERVE / "alertmanager.yml"
RECEIVERS: Final = {"page": "pages", "ticket": "tickets", "watchdog": "watchdog"}


def amtool(*arguments: str) -> str:
    """Run it; it must find nothing wrong."""
    tool = debian.program(debian.AMTOOL)
    done = subprocess.run(  # noqa: S603 - Alertmanager's own tool
        (tool, *arguments), capture_output=True, text=True, check=False, timeout=60
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def test_amtool_takes_it() -> None:
    """With its receivers and what holds back what."""
    assert "SUCCESS" in amtool("check-config", str(FILE))


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule.name)
def test_a_rule_goes_where_its_severity_says(rule: Rule) -> None:
    """Pages to whoever is on duty, tickets to whoever works on them."""
    labels = [f"{key}={value}" for key, value in rule.labels.items()]

    led = amtool("config", "routes", "test", f"--config.file={FILE}", *labels).split()

    assert [RECEIVERS[rule.labels["severity"]]] == led


def test_what_has_no_severity_is_not_lost() -> None:
    """A rule of somebody's own."""
    led = amtool("config", "routes", "test", f"--config.file={FILE}", "alertname=Other").split()

    assert ["tickets"] == led


def test_only_rules_that_there_are_hold_back() -> None:
    """And only such are held back."""
    names = {rule.name for rule in alert_rules()}
    for inhibition in yaml.safe_load(FILE.read_text("utf-8"))["inhibit_rules"]:
        for matcher in inhibition["source_matchers"] + inhibition["target_matchers"]:
            label, _, value = matcher.partition("=")
            if label == "alertname":
                assert set(value.strip('~"').split("|")) <= names
            else:
                assert matcher in {'class="symptom"', 'service="console"', 'service!="console"'}


def test_one_process_of_two_hides_nothing() -> None:
    """Only that no process of a service serves is a reason for what follows from it."""
    whole = {"DualwatchServiceAway", "DualwatchServiceMissing"}
    for inhibition in yaml.safe_load(FILE.read_text("utf-8"))["inhibit_rules"]:
        if 'class="symptom"' in inhibition["target_matchers"]:
            (source,) = (one for one in inhibition["source_matchers"] if "alertname" in one)
            assert set(source.partition("=")[2].strip('~"').split("|")) <= whole


def test_which_check_fails_is_told_beside_that_a_service_is_away() -> None:
    """That no process serves says nothing of why."""
    for inhibition in yaml.safe_load(FILE.read_text("utf-8"))["inhibit_rules"]:
        if 'service="console"' in inhibition["target_matchers"]:
            # Why the console is not ready is the other service that is away.
            continue
        if "DualwatchServiceAway" in str(inhibition["source_matchers"]):
            assert "DualwatchNotReady" not in str(inhibition["target_matchers"])


def test_the_watchdog_is_told_again_and_again() -> None:
    """Whoever waits for it must not be waiting for a day; and nothing holds it back."""
    found = yaml.safe_load(FILE.read_text("utf-8"))
    (route,) = (each for each in found["route"]["routes"] if each["receiver"] == "watchdog")

    assert "5m" == route["repeat_interval"]
    assert "Watchdog" not in str([each["target_matchers"] for each in found["inhibit_rules"]])


def test_a_console_that_is_away_hides_nothing_of_others() -> None:
    """The day that is not opened, figures that are late: nobody would be told of them."""
    for inhibition in yaml.safe_load(FILE.read_text("utf-8"))["inhibit_rules"]:
        sources, targets = inhibition["source_matchers"], inhibition["target_matchers"]
        if 'class="symptom"' in targets and 'service!="console"' not in sources:
            assert 'service="console"' in sources
            assert "service" in inhibition["equal"]
