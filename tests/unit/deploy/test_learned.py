"""What Kafka's JVM has learned of its classes is used where it is, and for what it was made."""

import errno
import os
import sys
from pathlib import Path
from typing import Final

import pytest

from deploy.local import kafka, learned
from deploy.local.ports import Ports
from deploy.local.stores import KafkaStore
from deploy.local.topology import KAFKA, Part, Topology

PART: Final = Part(KAFKA, KAFKA, 1, 20_000, 20_000)


def argv(jars: tuple[Path, ...]) -> tuple[str, ...]:
    """Give the command line of a broker with these jars."""
    folder = jars[0].parent.parent
    node = kafka.Node(PART, 20_001, folder / "1")
    return kafka.Cluster((node,), jars).command(node, KAFKA, folder / "log").argv


def test_a_broker_starts_by_what_was_learned_if_there_is_any(tmp_path: Path) -> None:
    """Without it, it starts as ever."""
    jars = (tmp_path / "jars" / "a.jar", tmp_path / "jars" / "b.jar")
    file = kafka.learned_file(jars)
    before = argv(jars)
    file.touch()
    option = f"-XX:AOTCache={file}"

    assert option not in before
    assert [*before].index("-cp") == [*argv(jars)].index(option)
    assert before == tuple(word for word in argv(jars) if word != option)


def test_other_jars_have_learned_nothing(tmp_path: Path) -> None:
    """Nor the same ones in another order: the JVM would not take it."""
    one, other = tmp_path / "jars" / "a.jar", tmp_path / "jars" / "b.jar"
    files = {kafka.learned_file(jars) for jars in ((one,), (one, other), (other, one))}

    assert 3 == len(files)


def test_where_we_are_installed_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each copy of the tree would learn for itself."""
    jars = (tmp_path / "jars" / "a.jar",)
    here = kafka.learned_file(jars)
    properties = tuple(option for option in kafka.JVM_OPTIONS if option.startswith("-D"))
    others = tuple(option for option in kafka.JVM_OPTIONS if option not in properties)
    monkeypatch.setattr(kafka, "JVM_OPTIONS", (*others, "-Dlog4j2.configurationFile=elsewhere"))

    assert here == kafka.learned_file(jars)
    monkeypatch.setattr(kafka, "JVM_OPTIONS", (*others[1:], *properties))
    assert here != kafka.learned_file(jars)


@pytest.mark.enable_socket
def test_it_learns_on_ports_of_its_own() -> None:
    """The stack beside which it does has the usual ones."""
    ports, usual = learned.free_ports(), Ports()

    assert ports.kafka != ports.kafka_controller
    assert not {ports.kafka, ports.kafka_controller} & {usual.kafka, usual.kafka_controller}


def test_what_cannot_be_learned_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """And everything starts as ever."""

    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "no space left on device")

    told: list[str] = []
    monkeypatch.setattr(learned, "free_ports", Ports)
    monkeypatch.setattr(learned, "learn", full)
    learned.learn_if_possible(told.append)

    assert 1 == len(told)
    assert told[0].startswith("Kafka starts as ever: ")


def test_beside_a_stack_it_takes_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs this very module, which then steps back."""
    steps: list[int] = []
    monkeypatch.setattr(os, "nice", steps.append)
    monkeypatch.setattr(learned, "free_ports", Ports)
    monkeypatch.setattr(learned, "learn", lambda *_: None)
    command = learned.aside(Path("log"))
    monkeypatch.setattr(sys, "argv", list(command.argv[2:]))
    learned.main()

    assert (sys.executable, "-m", "deploy.local.learned") == command.argv[:3]
    assert [learned.ASIDE_NICE] == steps
    monkeypatch.setattr(sys, "argv", ["learned"])
    learned.main()
    assert [learned.ASIDE_NICE] == steps


def test_the_same_nodes_start_by_what_was_learned_meanwhile(tmp_path: Path) -> None:
    """Without anything being prepared again: the nodes run."""
    jars = (tmp_path / "jars" / "a.jar",)
    store = KafkaStore(Topology(), Ports(), tmp_path / "data")
    assert (store.commands_now(tmp_path), store.has_learned) == ([], True)
    store.cluster = kafka.Cluster((kafka.Node(PART, 20_001, tmp_path / "1"),), jars)
    (before,) = store.commands_now(tmp_path)
    known = [store.has_learned]
    file = kafka.learned_file(jars)
    file.touch()
    (after,) = store.commands_now(tmp_path)
    known.append(store.has_learned)

    assert [False, True] == known
    assert (before.name, before.log_file) == (after.name, after.log_file)
    assert set(after.argv) - set(before.argv) == {f"-XX:AOTCache={file}"}
