"""The runbook: an entry for every alert, with its metric, its rule and a real command."""

import re
from typing import Final

import pytest

from services.cli.app import COMMANDS
from tests.architecture.repository import ROOT
from tests.support import promql
from tests.support.rules import Rule, alert_rules, recording_rules

PAGE: Final = (ROOT / "docs" / "runbook.md").read_text("utf-8")
ENTRY: Final = re.compile(r"^### (\w+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
ENTRIES: Final[dict[str, str]] = dict(ENTRY.findall(PAGE))
EXPRESSION: Final = re.compile(r"```promql\n(.*?)\n```", re.DOTALL)
COMMAND: Final = re.compile(r"^\$ (dualwatch .*)|`(dualwatch [a-z][^`]*)`", re.MULTILINE)
PARTS: Final = ("Seen.", "Means.", "Look.", "Do.", "Over")
HISTOGRAM: Final = re.compile(r"_(?:bucket|sum|count)$")


def metrics_of(expr: str) -> set[str]:
    """Give the metrics that it rests on, through what is reckoned beforehand."""
    found = set[str]()
    for name in promql.names(expr):
        reckoned = recording_rules().get(name)
        found |= metrics_of(reckoned) if reckoned else {HISTOGRAM.sub("", name)}
    return found


def commands(text: str) -> list[list[str]]:
    """Give the commands that a text shows, word by word."""
    return [(shown or named).split() for shown, named in COMMAND.findall(text)]


def wrong_in(words: list[str]) -> list[str]:
    """Name what of a command line there is not, and what it lacks."""
    name, *rest = words[1:]
    if name not in COMMANDS:
        return [name]
    command = COMMANDS[name].load(name)
    # Typer's own copy of click: a group is what has commands.
    while (below := getattr(command, "commands", None)) is not None:
        if not rest or rest[0] not in below:
            return rest[:1] or ["(no command)"]
        command = below[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    needed = [each for each in command.params if each.required]
    options = [each.opts for each in needed if each.opts[0].startswith("-")]
    lacking = [opts[0] for opts in options if not set(opts) & set(rest)]
    given = [word for word in rest if not word.startswith("--")]
    if len(given) < len(needed) - len(lacking):
        lacking.append("(an argument)")
    return [*(word for word in rest if word.startswith("--") and word not in known), *lacking]


def test_every_alert_has_an_entry_and_every_entry_an_alert() -> None:
    """Whoever follows `runbook_url` arrives."""
    assert [rule.name for rule in alert_rules()] == list(ENTRIES)


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule.name)
def test_an_entry_names_metric_rule_and_command(rule: Rule) -> None:
    """As they are deployed."""
    entry = ENTRIES[rule.name]
    places = [entry.index(f"**{part}") for part in PARTS]

    assert sorted(places) == places
    assert [rule.expr] == EXPRESSION.findall(entry)
    assert all(f"`{name}`" in entry for name in metrics_of(rule.expr))
    assert f"; {rule.labels['severity']}, " in entry
    assert (f"for {rule.lasts}" if rule.lasts else "at once") in entry
    assert commands(entry[places[2] :])


def test_every_command_of_the_page_can_be_typed() -> None:
    """With its options."""
    shown = commands(PAGE)

    assert len(shown) > len(ENTRIES)
    assert [] == [(words, bad) for words in shown if (bad := wrong_in(words))]


def test_what_changes_many_at_once_is_shown_as_it_is_taken() -> None:
    """Without what shall be changed, why and a yes it would only be refused."""
    many = [words for words in commands(PAGE) if words[1:3] == ["quarantine", "bulk"]]

    assert many
    assert all({"--reason", "--note", "--yes"} <= set(words) for words in many)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("dualwatch doctor", []),
        ("dualwatch campaigns urge C --kind form", []),
        ("dualwatch ledger mend", ["mend"]),
        ("dualwatch ledger", ["(no command)"]),
        ("dualwatch doctor --nicely", ["--nicely"]),
        ("dualwatch heal", ["heal"]),
        ("dualwatch campaigns urge C", ["--kind"]),
        ("dualwatch campaigns urge --kind form", ["(an argument)"]),
    ],
)
def test_a_command_that_does_not_work_would_be_noticed(line: str, wrong: list[str]) -> None:
    """A command, a word of a group, an option; what must be said and is not."""
    assert wrong == wrong_in(line.split())
