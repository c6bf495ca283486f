"""Ports: the defaults, and blocks of them."""

import pytest

from deploy.local.errors import UsageError
from deploy.local.ports import BLOCK_SIZE, PORT_MAX, Ports


def test_default_ports_are_the_documented_ones() -> None:
    """What the README names is what runs."""
    ports = Ports()

    assert (ports.console, ports.intake, ports.analysis) == (8100, 8101, 8102)
    assert (ports.alerts, ports.reporting) == (8103, 8104)
    assert (ports.kafka, ports.kafka_controller, ports.mongo) == (19092, 19093, 27117)


def test_a_block_of_ports_follows_the_documented_order() -> None:
    """--ports-from N gives Kafka N, and so on up to reporting N + 7."""
    ports = Ports.starting_at(30000)

    assert ports == Ports(*range(30000, 30000 + BLOCK_SIZE), stride=BLOCK_SIZE)
    assert [ports.of(part) - 30000 for part in ("kafka", "mongo", "intake", "reporting")] == [
        0,
        2,
        4,
        7,
    ]


@pytest.mark.parametrize("first", [-1, 0, 1023, PORT_MAX - BLOCK_SIZE + 2, 70000])
def test_a_block_outside_the_possible_ports_is_refused(first: int) -> None:
    """The message names the option."""
    with pytest.raises(UsageError, match="--ports-from"):
        Ports.starting_at(first)
