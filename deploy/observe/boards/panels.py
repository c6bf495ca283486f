"""What boards are made of: a few kinds of panels, each with a title, a unit and two languages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

SOURCE: Final = "datasource"
HEIGHT: Final = 8
STAT_HEIGHT: Final = 4
FILL_PERCENT: Final = 8
REFRESH: Final = "30s"
SINCE: Final = "now-3h"
TAG: Final = "dualwatch"


class Unit(StrEnum):
    """Grafana's names of units."""

    SECONDS = "s"
    BYTES = "bytes"
    COUNT = "short"
    PER_SECOND = "cps"
    RATIO = "percentunit"
    TIME = "dateTimeFromNow"
    NONE = "none"


@dataclass(frozen=True)
class Query:
    """One expression, and how its lines are called (`{{label}}` stands for a label's value)."""

    expr: str
    legend: str = ""
    exemplars: bool = False
    """Whether single facts are shown as dots; only histograms have them."""


@dataclass(frozen=True)
class Panel:
    """One picture, or one number where it is told when it turns amber and red."""

    zh: str
    en: str
    says_zh: str
    says_en: str
    unit: Unit
    queries: tuple[Query, ...]
    limits: tuple[float, float] | None = None
    """From where on a number is amber and red; None: it is neither good nor bad."""
    single: bool = False
    """Whether it is a number, not a curve."""
    width: int = 8

    def build(self, number: int) -> timeseries.Panel | stat.Panel:
        """Make Grafana's panel."""
        panel = _stat(self) if self.single else _curve()
        panel.id(number).title(self.zh).description(
            f"{self.says_zh}\n\n**{self.en}**: {self.says_en}"
        )
        panel.unit(self.unit.value).span(self.width).datasource(_source())
        for at, query in enumerate(self.queries):
            target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend)
            target.ref_id(chr(ord("A") + at))
            if self.single:
                target.instant()
            if query.exemplars:
                target.exemplar(exemplar=True)
            panel.with_target(target)
        return panel


@dataclass(frozen=True)
class Board:
    """One page: rows of panels."""

    name: str
    zh: str
    en: str
    rows: Mapping[str, tuple[Panel, ...]]

    def to_json(self) -> str:
        """Give the file's text, the same for the same board."""
        page = (
            dashboard.Dashboard(f"双监控 · {self.zh}")
            .uid(f"dualwatch-{self.name}")
            .description(self.en)
            .tags([TAG])
            .refresh(REFRESH)
            .time(SINCE, "now")
            .timezone("browser")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .with_variable(dashboard.DatasourceVariable(SOURCE).label("数据源").type("prometheus"))
            .link(
                dashboard.DashboardLink("双监控")
                .type(DashboardLinkType.DASHBOARDS)
                .tags([TAG])
                .keep_time(keep_time=True)
            )
        )
        number = 0
        for row, panels in self.rows.items():
            number += 1
            page.with_row(dashboard.Row(row).id(number))
            for panel in panels:
                number += 1
                page.with_panel(panel.build(number))
        return (
            json.dumps(page.build(), cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True)
            + "\n"
        )


def quantile(share: float, metric: str, by: str = "") -> str:
    """Ask for a quantile of a histogram over Grafana's interval."""
    labels = f"{by}, le" if by else "le"
    return (
        f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"
    )


def rate(metric: str, by: str = "") -> str:
    """Ask for a counter's increase per second, by labels."""
    return (
        f"sum by ({by}) (rate({metric}[$__rate_interval]))"
        if by
        else (f"sum(rate({metric}[$__rate_interval]))")
    )


def distance(metric: str, by: str = "") -> tuple[Query, ...]:
    """Ask for the middle and the last hundredth of a histogram."""
    label = f"{{{{{by}}}}} " if by else ""
    return (
        Query(quantile(0.5, metric, by), f"{label}p50"),
        Query(quantile(0.99, metric, by), f"{label}p99", exemplars=True),
    )


def _source() -> DataSourceRef:
    return DataSourceRef(type_val="prometheus", uid=f"${{{SOURCE}}}")


def _curve() -> timeseries.Panel:
    legend = (
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
    built = timeseries.Panel().height(HEIGHT).legend(legend).tooltip(tooltip)
    return built.fill_opacity(FILL_PERCENT).min(0)


def _stat(panel: Panel) -> stat.Panel:
    steps = [Threshold(color="green", value=None)]
    if panel.limits:
        amber, red = panel.limits
        steps += [Threshold(color="orange", value=amber), Threshold(color="red", value=red)]
    limits = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    colour = BigValueColorMode.BACKGROUND if panel.limits else BigValueColorMode.VALUE
    return stat.Panel().height(STAT_HEIGHT).thresholds(limits).color_mode(colour)
