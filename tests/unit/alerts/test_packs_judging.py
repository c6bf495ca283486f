"""A published pack within the consumer: judged from its place in a batch, whoever wins."""

from typing import Any

from services.alerts.handlers.assessments import AssessmentHandler
from services.alerts.store.batch import Batch
from tests.unit.alerts.builders import assessment
from tests.unit.alerts.test_handlers import FakeStore, sent
from tests.unit.alerts.test_packs_in_force import in_force, published


def ahead(project: str, position: int) -> Any:
    """Make an assessment whose money is 15 points ahead."""
    return assessment(project=f"340700/{project}", ledger_position=position, money_ahead_bp=1500)


def told(batches: list[Batch]) -> list[tuple[str, str]]:
    """Return project and pack of everything that was told."""
    return [
        (told.change.where.project.partition("/")[2], told.change.stamp.pack)
        for batch in batches
        for told in batch.told
    ]


async def test_a_pack_judges_what_follows_it_in_a_batch() -> None:
    """And in the batches after it; what came before it is not judged again."""
    store: Any = FakeStore()
    handler = AssessmentHandler(store, in_force())
    await handler.assigned(0)
    await handler.handle(
        0, [sent(1, ahead("P-1", 1)), sent(2, published()), sent(3, ahead("P-2", 3))]
    )
    await handler.handle(0, [sent(4, ahead("P-3", 4))])

    assert [("P-2", "own"), ("P-3", "own")] == told(store.written)
    assert ["dualwatch.rule_pack.published.v1"] == [fact.type for fact in store.written[0].facts]


async def test_a_batch_that_is_judged_again_is_judged_the_same() -> None:
    """Losing against others leaves the packs in force as they were before the batch."""
    store: Any = FakeStore(conflicts=2)
    handler = AssessmentHandler(store, in_force())
    await handler.assigned(0)
    await handler.handle(
        0, [sent(1, ahead("P-1", 1)), sent(2, published()), sent(3, ahead("P-2", 3))]
    )

    assert [("P-2", "own")] == told(store.written[-1:])


async def test_a_partition_that_was_given_up_is_read_anew() -> None:
    """Its next owner may have been told more."""
    store: Any = FakeStore()
    force = in_force()
    handler = AssessmentHandler(store, force)
    await handler.assigned(0)
    await handler.handle(0, [sent(1, published())])
    assert force.book(0).published.layers
    await handler.revoked(0)

    assert not force.book(0).published.layers
