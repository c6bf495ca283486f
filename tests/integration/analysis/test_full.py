"""A project year that is full, on the real parts: it says so, and a rebuild is the same."""

from contracts.record import format_cut
from contracts.topics import partition_of
from deploy.local.stack import Stack
from tests.integration.analysis.running import PARTITIONS, Ledger, running
from tests.integration.analysis.test_rebuild import _kept
from tests.support import builders

BYTES_MAX = 10_000
PAYMENTS = 1_500
FULL = "J47/P1"


async def test_a_full_year_says_so_and_is_built_the_same_anew(
    shared_stack: Stack, ledger: Ledger
) -> None:
    """Answers say from which entry on; another project of its partition goes on."""
    home = partition_of(FULL, PARTITIONS)
    other = next(
        name for name in (f"J47/Q{n}" for n in range(100)) if partition_of(name, PARTITIONS) == home
    )
    payments = [builders.expenditure(FULL, line=f"voucher-{n}") for n in range(PAYMENTS)]
    await ledger.enter(builders.jurisdiction("J47"), builders.day_opened("2026-05-31", "J47"))
    async with running(shared_stack, state_bytes_max=BYTES_MAX) as live:
        early = await ledger.enter(payments[0])
        # In pieces, so that the live one has other batches than a rebuild.
        for first in range(1, PAYMENTS, 300):
            await live.passed(await ledger.enter(*payments[first : first + 300]))
        then = format_cut(ledger.positions)
        cut = await ledger.enter(builders.budget(other), builders.expenditure(other, "77.00"))
        await live.passed(cut)
        said = await live.project(FULL, fiscal_year=2026)
        beside = await live.project(other, fiscal_year=2026)
        known = {"fiscal_year": 2026, "as_of": "2026-05-31"}
        as_known = await live.project(FULL, as_known_at=then, **known)
        as_known_first = await live.project(FULL, as_known_at=early, **known)
        assert as_known["spent"] == (await live.project(FULL, **known))["spent"]
        async with running(shared_stack, rebuild="anew", state_bytes_max=BYTES_MAX) as rebuilt:
            await rebuilt.passed(format_cut(ledger.positions))
            again = await rebuilt.project(FULL, fiscal_year=2026)

    left = said["left_out"]
    assert said["incomplete"]
    assert left["entries"] == PAYMENTS - (left["from_sequence"] - 1)
    assert left["entries"] > 0
    assert again["left_out"] == left
    assert (as_known["incomplete"], as_known["left_out"]) == (True, left)
    assert (as_known_first["incomplete"], as_known_first["left_out"]) == (False, None)
    assert not beside["incomplete"]
    assert beside["left_out"] is None
    assert await _kept(shared_stack, "dualwatch_analysis_anew") == await _kept(
        shared_stack, "dualwatch_analysis"
    )
