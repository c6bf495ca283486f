"""A small town of two departments and three units, with something for everybody to do."""

import datetime as dt
from typing import Final

from contracts.codec import encode
from contracts.envelope import AnyEvent
from tests.support import builders

CITY: Final = "J771"
YEAR: Final = 2026
CUT_OFF: Final = "2026-06-30"
TODAY: Final = "2026-07-01"
SCHOOL: Final = f"{CITY}/P1"
"""A project of the first unit: overspent, its indicator far behind."""
GYM: Final = f"{CITY}/P2"
DYKE: Final = f"{CITY}/P3"
"""A project of another department's unit."""
CAMPAIGN: Final = "mid"
KEY: Final = f"{CITY}/{CAMPAIGN}"
FORM: Final = f"{KEY}/form/P1"
OTHER_FORM: Final = f"{KEY}/form/P3"

ROLES: Final = {
    "filler": ("unit_filler", ("A",)),
    "approver": ("unit_approver", ("A",)),
    "reviewer": ("department_reviewer", ("D1",)),
    "division": ("counterpart_division", ("D1",)),
    "performance": ("performance_division", ()),
    "leader": ("bureau_leader", ()),
    "desk": ("data_desk", ()),
    "auditor": ("auditor", ()),
    "operator": ("operator", ()),
    "source": ("publisher", ()),
}
"""Who works there: principal, role, organisations."""


def facts() -> list[AnyEvent]:
    """List what the town's publisher states until the middle of the year."""
    made: list[AnyEvent] = [
        builders.jurisdiction(CITY, name="临江市"),
        builders.organisation("D1", CITY, name="市教育局"),
        builders.organisation("D2", CITY, name="市水务局"),
        builders.organisation("A", CITY, kind="unit", parent="D1", name="第一实验小学"),
        builders.organisation("B", CITY, kind="unit", parent="D1", name="市体育运动学校"),
        builders.organisation("C", CITY, kind="unit", parent="D2", name="江堤管理处"),
    ]
    made += _project(SCHOOL, "校舍加固改造", "A", "D1", paid="90.00")
    made += _project(GYM, "田径场地翻新", "B", "D1", paid="45.00")
    made += _project(DYKE, "江堤除险加固", "C", "D2", paid="130.00")
    made += [
        builders.targets(
            builders.target("K1", "100", name="加固面积", unit="平方米"), subject=SCHOOL
        ),
        builders.progress("12", "2026-06-20", subject=SCHOOL),
        builders.targets(builders.target("K1", "20", name="除险长度", unit="公里"), subject=DYKE),
        builders.progress("9", "2026-06-20", subject=DYKE),
    ]
    return made


def _project(project: str, name: str, unit: str, department: str, *, paid: str) -> list[AnyEvent]:
    months = [dt.date(YEAR, month, 12) for month in range(2, 7)]
    share = f"{int(paid.partition('.')[0]) // len(months)}.00"
    return [
        builders.project(project, name=name, lead_unit=unit, department=department),
        builders.budget(project, "100.00", unit=unit),
        *(
            builders.expenditure(
                project,
                share,
                month,
                document={
                    "kind": "payment_certificate",
                    "number": f"ZF{month:%Y%m}-{project.rpartition('/')[2]}",
                },
            )
            for month in months
        ),
    ]


def refused(event_id: str = "typo-1") -> bytes:
    """Write a payment whose amount is no amount: it is kept in quarantine until it is put right."""
    sound = builders.expenditure(SCHOOL, "7.25", "2026-06-12", event_id=event_id)
    return encode(sound).replace(b'"7.25"', b'"7.2.5"')


def one_more(project: str, event_id: str, amount: str = "3.00") -> AnyEvent:
    """Make a payment of today."""
    return builders.expenditure(project, amount, TODAY, event_id=event_id)
