"""How many partitions topics have is asked when intake starts, and may never change."""

import pytest

from services.intake.store.deployment import PartitionsChangedError, check_partitions


def test_the_deployments_number_is_right() -> None:
    """Nothing is said of it."""
    check_partitions({"ledger": 4, "submissions": 4}, 4)


def test_another_number_ends_the_process() -> None:
    """It is a migration, not a setting."""
    with pytest.raises(PartitionsChangedError, match="topic ledger has 6 partitions, not 4"):
        check_partitions({"submissions": 4, "ledger": 6}, 4)


def test_a_topic_of_which_no_broker_has_heard_yet_is_asked_about_again() -> None:
    """Just made, it has no partitions for a moment: nobody has changed their number."""
    with pytest.raises(ConnectionError, match="not there yet: ledger, submissions"):
        check_partitions({"submissions": 0, "principals": 4, "ledger": 0}, 4)
