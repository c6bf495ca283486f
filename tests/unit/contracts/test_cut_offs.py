"""Cut-offs among the parameters: days that every year has, in order (domain-rules 14)."""

import pytest
from pydantic import ValidationError

from contracts.codec import decode, encode
from contracts.events import intake
from tests.support.builders import JURISDICTION, fact
from tests.support.measuring import parameters


@pytest.mark.parametrize(
    "stated",
    [
        ["02-29"],
        ["02-30"],
        ["04-31"],
        ["13-01"],
        ["00-10"],
        ["06-00"],
        ["6-30"],
        ["06-30 "],
        ["2026-06-30"],
        ["09-30", "06-30"],
        ["06-30", "06-30"],
        [f"01-{day:02d}" for day in range(1, 14)],
    ],
    ids=str,
)
def test_what_is_no_order_of_days_is_refused(stated: list[str]) -> None:
    """Days that some year lacks, other forms, disorder, more than twelve."""
    with pytest.raises(ValidationError, match="monitoring_cut_offs"):
        parameters(monitoring_cut_offs=stated)


def test_days_of_every_month_are_taken() -> None:
    """Each month's last that every year has."""
    lasts = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    stated = [f"{month:02d}-{last}" for month, last in enumerate(lasts, 1)]
    data = parameters(monitoring_cut_offs=stated).data

    assert tuple(stated) == data.monitoring_cut_offs


def test_parameters_stated_before_are_read_without_cut_offs() -> None:
    """The first version is the second with none."""
    stated = intake.MonitoringParametersPublishedV1.model_validate(
        {"date": "2026-01-05", "overdue_working_days": 5}
    )
    data = decode(encode(fact(JURISDICTION, stated))).data

    assert isinstance(data, intake.MonitoringParametersPublished)
    assert ((), 5) == (data.monitoring_cut_offs, data.overdue_working_days)
