"""Charts as PNG and SVG with Chinese labels, the same bytes for the same numbers."""

import functools
import io
from typing import Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from services.reporting.outputs.blocks import Bars
from services.reporting.outputs.fonts import faces

INCHES: Final = (6.2, 3.1)
DPI: Final = 160
GAP: Final = 0.8
"""Width of a label's bars together; the rest is the gap."""
LABEL_CHARACTERS_MAX: Final = 9
CROWDED: Final = 6
"""From so many labels on they are slanted."""
SALT: Final = "dualwatch"
"""Makes the ids within an SVG the same every time."""


def png(chart: Bars) -> bytes:
    """Draw a chart as PNG."""
    buffer = io.BytesIO()
    canvas = FigureCanvasAgg(_drawn(chart))
    canvas.print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def svg(chart: Bars) -> bytes:
    """Draw a chart as SVG: letters are outlines, so that no reader needs the fonts."""
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "path"}):
        canvas = FigureCanvasSVG(_drawn(chart))
        canvas.print_svg(  # type: ignore[no-untyped-call]
            buffer, metadata={"Date": None, "Creator": None}
        )
    return buffer.getvalue()


def _drawn(chart: Bars) -> Figure:
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    _bars(axes, chart)
    font = _font()
    places = range(len(chart.labels))
    slanted = len(chart.labels) > CROWDED
    axes.set_xticks(list(places))
    axes.set_xticklabels(
        [_short(label) for label in chart.labels],
        fontproperties=font,
        fontsize=9,
        rotation=30 if slanted else 0,
        ha="right" if slanted else "center",
    )
    axes.set_ylabel(chart.unit, fontproperties=font, fontsize=9)
    axes.tick_params(axis="y", labelsize=8)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.4, color="#D0D4DA")
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper right", ncols=len(chart.series), frameon=False, prop=font)
    return figure


def _bars(axes: Axes, chart: Bars) -> None:
    width = GAP if chart.stacked else GAP / max(len(chart.series), 1)
    bottom = [0.0] * len(chart.labels)
    for number, (name, colour, values) in enumerate(chart.series):
        shift = 0.0 if chart.stacked else (number + 0.5) * width - GAP / 2
        places = [place + shift for place in range(len(values))]
        axes.bar(places, values, width, bottom=bottom if chart.stacked else 0.0,
                 color=colour, label=name)  # fmt: skip
        if chart.stacked:
            bottom = [low + value for low, value in zip(bottom, values, strict=True)]


def _short(label: str) -> str:
    if len(label) <= LABEL_CHARACTERS_MAX:
        return label
    return label[: LABEL_CHARACTERS_MAX - 1] + "…"


@functools.cache
def _font() -> font_manager.FontProperties:
    """Load the head face from its file: nothing is registered, nothing of the machine looked up."""
    chosen = faces()
    sans = [path for path in chosen.files if "Sans" in path.name or "Hei" in path.name]
    regular = [path for path in sans if "Regular" in path.name] or sans or list(chosen.files)
    return font_manager.FontProperties(fname=str(regular[0]), size=9)
