"""Earned value and earned schedule: three published projects (docs: measuring)."""

import csv
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from services.analysis.domain.earned_value import formulas
from services.analysis.domain.earned_value.formulas import Earned, earned
from tests.golden.cells import Cell, Value, cell

DATA: Final = Path(__file__).with_name("data")

PUBLISHED: Final = """
    AT PV      EV      AC      SPI    CPI    ES     SPI(t) IEAC(t) TCPI
    1  28.975  25.645  25.567  0.8851 1.0031 0.8851 0.8851 10.1686 0.9998
    3  91.681  89.135  78.293  0.9722 1.1385 2.7454 0.9151 9.8346  0.9616
    6  302.478 268.763 259.845 0.8885 1.0343 5.6002 0.9334 9.6425  0.9116
    8  345.876 306.725 290.843 0.8868 1.0546 6.2008 0.7751 11.6115 0.7728
    9  360.738 312.864 303.489 0.8673 1.0309 6.4910 0.7212 12.4789 0.8362
    13 360.738 360.738 349.379 1.0000 1.0325 9.0000 0.6923 13.0000 0
"""
"""Check-in of an airport: planned for nine months, done in thirteen (castor00/EVapp)."""

DURATION: Final = 9


class Month(NamedTuple):
    """A month's end of the airport's project, cumulative."""

    at: int
    pv: Fraction
    ev: Fraction
    ac: Fraction


def airport() -> list[Month]:
    """Read the airport's months."""
    with (DATA / "airport_checkin_pv_ev_ac.csv").open(newline="", encoding="utf-8") as file:
        return [
            Month(int(row["AT"]), *(Fraction(row[name]) for name in ("PV", "EV", "AC")))
            for row in csv.DictReader(file)
        ]


def published_rows() -> list[dict[str, str]]:
    """Read what was published of them."""
    names, *rows = (line.split() for line in PUBLISHED.strip().splitlines())
    return [dict(zip(names, row, strict=True)) for row in rows]


def airport_at(month: Month) -> Earned:
    """Measure the airport's project at a month's end, also beyond its planned duration."""
    plan = [known.pv for known in airport()][:DURATION]
    return earned(bac=plan[-1], pv=month.pv, ev=month.ev, ac=month.ac, plan=plan, periods=month.at)


def airport_cells() -> list[Cell]:
    """Every cell of the published table."""
    months = {month.at: month for month in airport()}
    found = []
    for row in published_rows():
        month = months[int(row["AT"])]
        made = airport_at(month)
        ours: dict[str, Value] = {
            "PV": month.pv,
            "EV": month.ev,
            "AC": month.ac,
            "SPI": made.spi,
            "CPI": made.cpi,
            "ES": made.schedule,
            "SPI(t)": made.spi_t,
            "IEAC(t)": made.ieac_t,
            "TCPI": made.tcpi,
        }
        found += [cell(f"month {row['AT']}: {name}", row[name], ours[name]) for name in ours]
    return found


def pra_cells() -> list[Cell]:
    """The R package PRA's tests and reference pages (paulgovan/PRA)."""
    bac, plan = 100_000, [10_000, 20_000, 40_000, 70_000, 100_000]
    ev = bac * 35 // 100
    made = earned(bac=bac, pv=plan[2], ev=ev, ac=36_000, plan=plan, periods=3)
    later = 63_000
    cpi, spi = Fraction("0.83"), Fraction("0.875")
    eac = formulas.at_completion(bac, cpi)
    return [
        cell("PV", "40000", plan[2]),
        cell("EV", "35000", ev),
        cell("CV", "-1000", made.cost_variance),
        cell("SV", "-5000", made.schedule_variance),
        cell("SPI", "0.875", made.spi),
        cell("CPI", "0.9722222", made.cpi),
        cell("EAC", "102857.14", made.eac),
        cell("EAC typical (CPI 0.83)", "120481.9", eac),
        cell("EAC atypical (AC 63000)", "128000", later + bac - ev),
        cell(
            "EAC combined (CPI 0.83, SPI 0.875)",
            "152500.86",
            formulas.at_completion_combined(bac, ev, later, cpi, spi),
        ),
        cell("ETC atypical", "65000", bac - ev),
        cell("ETC typical (CPI 0.83)", "78313.25", (bac - ev) / cpi),
        cell("TCPI (BAC)", "1.76", formulas.to_complete(bac, ev, later, bac)),
        cell("TCPI (EAC 120482)", "1.13", formulas.to_complete(bac, ev, later, 120_482)),
    ]


def pmev_cells() -> list[Cell]:
    """The README of pmev (david-hammond/pmev); its EAC mixes two projects and is left out."""
    bac, pv, ev, ac = 47_934, Fraction("25144.5"), Fraction("13878.46"), 10_000
    made = earned(bac=bac, pv=pv, ev=ev, ac=ac, plan=[pv, bac], periods=1)
    return [
        cell("SV", "-11266.04", made.schedule_variance),
        cell("CV", "3878.46", made.cost_variance),
        cell("CPI", "1.39", made.cpi),
    ]
