"""The plan of docs/scale.md names every collection that there is, and no other."""

from tests.support import scaling


def test_the_plan_names_only_collections_that_there_are() -> None:
    """A collection that is renamed is renamed here."""
    known = {each.database: set(each.collections) for each in scaling.CATALOGUES}

    assert scaling.GROWTH.keys() == known.keys()
    for database, collections in scaling.GROWTH.items():
        assert set(collections) <= known[database]


def test_what_is_entered_grows_and_what_counts_partitions_does_not() -> None:
    """The index test goes by it."""
    assert scaling.grows("dualwatch_intake", "entries")
    assert scaling.grows("dualwatch_analysis", "years_g2")
    assert not scaling.grows("dualwatch_analysis", "progress")
    assert not scaling.grows("dualwatch_alerts", "outbox")


def test_every_shard_key_begins_with_what_names_the_document() -> None:
    """So that a query by a project asks one shard."""
    keys = {
        growth.shard_key
        for collections in scaling.GROWTH.values()
        for growth in collections.values()
        if growth.shard_key
    }

    assert keys <= {"`_id`", "`_id.p`", "`_id.s`", "`_id`, hashed", "`r`, hashed", "`files_id`"}
