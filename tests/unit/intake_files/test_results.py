"""IATI results: periods of indicators become targets of fiscal years and reports of progress."""

from tests.unit.intake_files.iati_files import activities, data_of, mapped, period, result

YEAR = ("2021-04-01", "2022-03-31")


def test_a_target_is_approved_at_its_periods_start_and_due_at_its_end() -> None:
    """The actual is reported on the period's last day, in the same fiscal year."""
    raw = activities(result(period(*YEAR, "30", "31")))
    [approved] = data_of(raw, "targets.approved")
    [reported] = data_of(raw, "target_progress.reported")
    [target] = approved["targets"]

    assert ("2021-04-01", 2021, ["2022-03-31"], "30") == (
        approved["date"],
        approved["fiscal_year"],
        target["due"],
        target["target"],
    )
    assert {
        "date": "2022-03-31",
        "fiscal_year": 2021,
        "indicator": target["indicator"],
        "value_text": "31",
        "value": "31",
        "due": "2022-03-31",
        "source_kind": "iati",
    } == reported


def test_several_periods_of_a_year_are_stages_of_one_target() -> None:
    """The last period's target is the annual one, whatever the order in the file."""
    raw = activities(
        result(
            period("2021-10-01", "2022-03-31", "9"),
            period("2021-04-01", "2021-09-30", "4.50"),
            period("2020-04-01", "2021-03-31", "2"),
        )
    )
    before, this = data_of(raw, "targets.approved")
    [target] = this["targets"]

    assert [2020, 2021] == [before["fiscal_year"], this["fiscal_year"]]
    assert ("2021-04-01", "9", ["2021-09-30", "2022-03-31"]) == (
        this["date"],
        target["target"],
        target["due"],
    )
    assert [
        {"due": "2021-09-30", "value": "4.5"},
        {"due": "2022-03-31", "value": "9"},
    ] == target["stages"]


def test_the_kind_of_result_and_the_direction_decide_how_an_indicator_is_judged() -> None:
    """Type 1 is quantity, all others outcome; ascending=0 is the lower the better."""
    output = data_of(activities(result(period(*YEAR, "1"))), "targets.approved")
    outcome = data_of(
        activities(result(period(*YEAR, "1"), kind="2", attributes="measure='2' ascending='0'")),
        "targets.approved",
    )

    assert ("progress", "at_least", "产出指标") == tuple(
        output[0]["targets"][0][name] for name in ("behaviour", "direction", "level_1")
    )
    assert ("outcome", "at_most", "效益指标", "%") == tuple(
        outcome[0]["targets"][0][name] for name in ("behaviour", "direction", "level_1", "unit")
    )


def test_words_as_target_and_result_stay_words() -> None:
    """A qualitative indicator has no value attribute, only a comment."""
    said = (
        "<period><period-start iso-date='2021-04-01'/><period-end iso-date='2022-03-31'/>"
        "<target><comment><narrative>a law is\npassed</narrative></comment></target>"
        "<actual value='not yet'><comment><narrative>in committee</narrative></comment></actual>"
        "</period>"
    )
    raw = activities(result(said))
    [target] = data_of(raw, "targets.approved")[0]["targets"]
    [reported] = data_of(raw, "target_progress.reported")

    assert ("text", "a law is passed") == (target["value_kind"], target["target_text"])
    assert ("not yet", None, "in committee") == (
        reported["value_text"],
        reported.get("value"),
        reported["note"],
    )


def test_a_total_is_preferred_to_its_parts() -> None:
    """Values split by dimension or place do not add to the whole."""
    split = (
        "<period><period-start iso-date='2021-04-01'/><period-end iso-date='2022-03-31'/>"
        "<target value='4'><dimension name='sex' value='female'/></target><target value='9'/>"
        "</period>"
    )
    [data] = data_of(activities(result(split)), "targets.approved")

    assert "9" == data["targets"][0]["target"]


def test_equally_named_indicators_are_two_and_keep_their_ids() -> None:
    """Ids come from the titles and the ordinal, so the next release names them alike."""
    raw = activities(result(period(*YEAR, "1")) * 2)
    ids = [data["targets"][0]["indicator"] for data in data_of(raw, "targets.approved")]
    later = data_of(activities(result(period(*YEAR, "5")) * 2), "targets.approved")

    assert 2 == len(set(ids))
    assert ids == [data["targets"][0]["indicator"] for data in later]


def test_a_period_without_target_or_actual_says_nothing() -> None:
    """No event without a statement."""
    assert 3 == len(mapped(activities(result(period(*YEAR)))))
