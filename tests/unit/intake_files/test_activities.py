"""Activities as projects, in both versions of the standard."""

from services.intake.files.options import ImportOptions
from tests.unit.intake_files.iati_files import activities, data_of, mapped, of_type

VERSION_1 = b"""<iati-activities version="1.03">
  <iati-activity hierarchy="2" default-currency="USD">
    <!-- version 1 says things in the element itself -->
    <reporting-org ref="GB-1" type="10">DFID</reporting-org>
    <iati-identifier>GB-1-100-101</iati-identifier>
    <title/><title xml:lang="en">Schools
      and teachers</title>
    <description type="1">In general</description><description type="2">Objectives</description>
    <activity-date type="start-planned" iso-date="2010-01-01">January 2010</activity-date>
    <activity-date type="start-actual" iso-date="2010-06-01"/>
    <activity-date type="end-planned" iso-date="2013-03-31"/>
    <related-activity ref="GB-1-100" type="1">The programme</related-activity>
    <budget type="Original">
      <period-start iso-date="2010-04-01">April</period-start><period-end iso-date="2011-03-31"/>
      <value value-date="2010-04-01">1000</value>
    </budget>
    <transaction>
      <transaction-type code="E">Expenditure</transaction-type>
      <transaction-date iso-date="2010-07-01"/><value value-date="2010-07-01">10</value>
    </transaction>
    <transaction>
      <transaction-type code="IF"/><transaction-date iso-date="2010-07-02"/>
      <value value-date="2010-07-02" currency="USD">20</value>
    </transaction>
  </iati-activity>
</iati-activities>"""


def test_a_version_1_activity_is_read_like_a_version_2_one() -> None:
    """Words in the element, types in words, codes in letters."""
    events = mapped(VERSION_1, ImportOptions(fiscal_year_start="04-01"))

    assert [
        "jurisdiction.registered",
        "organisation.registered",
        "project.registered",
        "budget.approved",
        "expenditure.recorded",
        "funds.disbursed",
    ] == [event["type"].removeprefix("dualwatch.").removesuffix(".v1") for event in events]
    assert {"GB-1", "GB-1/GB-1-100-101"} == {event["subject"] for event in events}
    assert ("DFID", "USD") == (events[1]["data"]["name"], events[0]["data"]["currency"])


def test_a_project_says_where_it_belongs_and_when_it_runs() -> None:
    """Below level 1 it has a parent; its years come from its best dates."""
    [project] = data_of(VERSION_1, "project.registered")

    assert project == {
        "date": "2010-06-01",
        "name": "Schools and teachers",
        "lead_unit": "GB-1",
        "department": "GB-1",
        "parent_project": "GB-1-100",
        "level": 2,
        "start_year": 2010,
        "end_year": 2012,
        "goal": "Objectives",
    }


def test_a_project_without_dates_was_there_when_its_first_row_was() -> None:
    """And without rows, since ever; a hierarchy is level 1 unless told."""
    row = "<transaction><transaction-type code='3'/><transaction-date iso-date='2020-02-02'/>"
    first, second = data_of(
        activities(f"{row}<value>1</value></transaction>", ""), "project.registered"
    )

    assert ("2020-02-02", 1) == (first["date"], first["level"])
    assert "1990-01-01" == second["date"]


def test_a_file_of_several_organisations_registers_each_once() -> None:
    """With a jurisdiction given, they all belong to it; without, each is its own."""
    raw = activities("", "", "").replace(b"ref='ORG'", b"ref='OTHER'", 1)

    assert ["OTHER", "ORG"] == [
        data["organisation"] for data in data_of(raw, "organisation.registered")
    ]
    own = mapped(raw, ImportOptions())
    assert ["OTHER", "ORG"] == [e["subject"] for e in of_type(own, "jurisdiction.registered")]
    assert 7 == len(own)


def test_two_jurisdictions_may_import_the_same_file() -> None:
    """Their events have different sources, so they never conflict."""
    one, two = (mapped(VERSION_1, ImportOptions(name)) for name in ("A", "B/C"))

    assert not {e["source"] for e in one} & {e["source"] for e in two}
    assert "iati:B/C" == two[0]["source"]
