"""What supervision decides without running anything."""

from deploy.local.process import BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS, backoff_seconds


def test_the_back_off_doubles_up_to_its_limit() -> None:
    """A service that keeps dying does not keep the machine busy."""
    pauses = [backoff_seconds(failures) for failures in range(1, 20)]

    assert pauses[0] == BACKOFF_FIRST_SECONDS
    assert pauses[1] == 2 * BACKOFF_FIRST_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == BACKOFF_MAX_SECONDS


def test_the_first_restart_after_a_stable_run_is_quick() -> None:
    """No failures in a row counts like the first."""
    assert backoff_seconds(0) == BACKOFF_FIRST_SECONDS
