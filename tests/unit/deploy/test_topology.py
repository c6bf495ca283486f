"""Topology: names, ports and addresses of several parts of a kind."""

from pathlib import Path

import pytest

from deploy.local.errors import UsageError
from deploy.local.ports import BLOCK_SIZE, Ports
from deploy.local.stores import KafkaStore, MongoStore
from deploy.local.topology import KAFKA, MONGO, Topology

PORTS = Ports.starting_at(30000)


def test_one_of_a_kind_has_the_kinds_own_name() -> None:
    """The default stack's parts are called kafka, mongo and intake."""
    parts = [Topology().parts(kind, PORTS) for kind in (KAFKA, MONGO, "intake")]

    assert [[part.name for part in found] for found in parts] == [["kafka"], ["mongo"], ["intake"]]


def test_several_have_numbers_and_a_block_of_ports_each() -> None:
    """The second block holds the second of everything."""
    parts = Topology(brokers=3, instances=2).parts("intake", PORTS)

    assert [(part.name, part.port) for part in parts] == [
        ("intake-1", PORTS.intake),
        ("intake-2", PORTS.intake + BLOCK_SIZE),
    ]


def test_everybody_is_told_the_port_of_a_proxy(tmp_path: Path) -> None:
    """The store listens on its own port; only the told address differs."""
    topology = Topology(3, 3, seen_ports={"kafka-2": 31000, "mongo-3": 31001})
    folder = tmp_path

    kafka, mongo = (
        KafkaStore(topology, PORTS, folder),
        MongoStore(topology, PORTS, folder),
    )

    assert kafka.address == "127.0.0.1:30000,127.0.0.1:31000,127.0.0.1:30016"
    assert mongo.address == (
        "mongodb://127.0.0.1:30002,127.0.0.1:30010,127.0.0.1:31001/?replicaSet=rs0"
    )
    assert [part.own_address for part in mongo.parts][2] == "127.0.0.1:30018"


@pytest.mark.parametrize("wrong", [(0, 1, 1), (2, 1, 1), (1, 1, 10)])
def test_a_topology_that_cannot_run_is_refused(wrong: tuple[int, int, int]) -> None:
    """The message names the option."""
    with pytest.raises(UsageError, match=r"--(brokers|instances)"):
        Topology(*wrong)


def test_the_data_of_another_topology_is_refused(tmp_path: Path) -> None:
    """Three members do not read what one has written."""
    folder = tmp_path
    (folder / "mongo" / "1").mkdir(parents=True)
    store = MongoStore(Topology(mongo_members=3), PORTS, folder)

    with pytest.raises(UsageError, match="--mongo-members 1, not 3"):
        store.commands(folder)
