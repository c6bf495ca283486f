"""Pictures of the figures as SVG: letters are outlines, and the same figures are the same bytes."""

import io
from collections.abc import Mapping, Sequence
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from tests.proof.benches import PRODUCT, Peer, Timed
from tests.proof.growth import FROM, MEMORY, Cost, along, slopes
from tests.proof.net import Net

SALT: Final = "dualwatch"
INCHES_WIDE: Final = 7.6
INCHES_ROW: Final = 0.3
INCHES_FRAME: Final = 1.1
INK: Final = "#222B36"
GREY: Final = "#8C96A3"
BLUE: Final = "#1F6FB2"
AMBER: Final = "#C98A1B"
COLOURS: Final = ("#1F6FB2", "#C98A1B", "#3A8F5C", "#9C4F96", "#B5473C", "#5B6B7B")
MARKS: Final = ("o", "s", "^", "D", "v", "P")
LIMIT_LINE: Final = "--"
MS_TICKS: Final = tuple(digit * 10**power for power in range(6) for digit in (1, 2, 5))
TICKS: Final = (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100)


def drawn(figure: Figure) -> bytes:
    """Write a figure."""
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "path"}):
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(  # type: ignore[no-untyped-call]
            buffer, metadata={"Date": None, "Creator": None}
        )
    return buffer.getvalue()


def _figure(inches_high: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(INCHES_WIDE, inches_high), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9, colors=INK)
    axes.set_axisbelow(True)
    return figure, axes


def faults(net: Net) -> bytes:
    """Draw effective faults by kind."""
    kinds = net.kinds[::-1]
    figure, axes = _figure(INCHES_FRAME + INCHES_ROW * len(kinds))
    bars = axes.barh([name for name, _ in kinds], [count for _, count in kinds], color=BLUE)
    axes.bar_label(bars, padding=3, fontsize=9, color=INK)
    axes.grid(axis="x", linewidth=0.4, color="#D0D4DA")
    axes.set_title(f"{net.faults:,} effective faults by kind", fontsize=10, loc="left")
    return drawn(figure)


def recovery(net: Net) -> bytes:
    """Draw which share of recoveries was over after how many seconds."""
    seconds = sorted(net.recoveries)
    shares = [100 * (place + 1) / len(seconds) for place in range(len(seconds))]
    figure, axes = _figure(2.8)
    axes.step([0.0, *seconds], [0.0, *shares], where="post", color=BLUE, linewidth=1.6)
    axes.axvline(20, color=AMBER, linestyle=LIMIT_LINE, linewidth=1)
    axes.axhline(95, color=GREY, linestyle=LIMIT_LINE, linewidth=0.8)
    axes.set_xlim(left=0)
    axes.set_ylim(0, 102)
    axes.set_xlabel("seconds until all was made good (target: 95 % below 20 s)", fontsize=9)
    axes.set_ylabel("% of recoveries", fontsize=9)
    axes.grid(linewidth=0.4, color="#D0D4DA")
    return drawn(figure)


def peers(found: Sequence[Peer]) -> bytes:
    """Draw each contender's throughput by that of the hand-written limit."""
    rows = [peer for peer in found[::-1] if peer.of_limit is not None]
    figure, axes = _figure(INCHES_FRAME + INCHES_ROW * len(rows))
    colours = [_colour(peer) for peer in rows]
    values = [peer.of_limit or 0.0 for peer in rows]
    bars = axes.barh([peer.label for peer in rows], values, color=colours)
    labels = [f"{value:.2f}{'' if peer.exact else _weaker(peer)}" for value, peer in
              zip(values, rows, strict=True)]  # fmt: skip
    axes.bar_label(bars, labels, padding=3, fontsize=9, color=INK)
    axes.axvline(1, color=GREY, linestyle=LIMIT_LINE, linewidth=1)
    axes.set_xlim(0, 1.25 * max([1.0, *values]))
    axes.set_xlabel("throughput, the hand-written limit = 1", fontsize=9)
    return drawn(figure)


def _weaker(peer: Peer) -> str:
    return f"   after a kill: {peer.guarantee or 'not tried'}"


def _colour(peer: Peer) -> str:
    if not peer.exact:
        return AMBER
    return BLUE if peer.name == PRODUCT else GREY


def latency(found: Sequence[Timed]) -> bytes:
    """Draw the median and the 99th percentile at each stage, a colour for each rate."""
    ours = [one for one in found if one.kind == PRODUCT]
    stages = list(dict.fromkeys(one.stage for one in ours))
    figure, axes = _figure(3.6)
    for place, rate in enumerate(dict.fromkeys(one.rate for one in ours)):
        mine = [one for one in ours if one.rate == rate]
        places = [stages.index(one.stage) for one in mine]
        colour = COLOURS[place % len(COLOURS)]
        axes.plot(places, [one.p50 for one in mine], color=colour, marker="o",
                  label=f"{rate:,}/s, median")  # fmt: skip
        axes.plot(places, [one.p99 for one in mine], color=colour, marker="^", linewidth=1,
                  linestyle=LIMIT_LINE, label=f"{rate:,}/s, 99th percentile")  # fmt: skip
    axes.set_xticks(range(len(stages)), stages)
    axes.set_yscale("log")
    most, least = max(one.p99 for one in ours), min(one.p50 for one in ours)
    axes.set_yticks(ticks := [tick for tick in MS_TICKS if least / 2 <= tick <= 2 * most])
    axes.set_yticklabels([f"{tick:,}" for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("ms since it was sent", fontsize=9)
    axes.grid(axis="y", linewidth=0.4, color="#D0D4DA")
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=8)
    return drawn(figure)


def growth(found: Sequence[Cost]) -> bytes:
    """Draw what a unit costs by the number of projects, at 10,000 projects = 1."""
    figure, axes = _figure(3.8)
    series = [
        (slope.label, along(found, slope))
        for slope in slopes(found)
        if slope.subject != MEMORY and slope.low.size.instances == 1
    ]
    for place, (label, values) in enumerate(series):
        projects = sorted(values)
        axes.plot(
            projects,
            [values[count] / values[FROM] for count in projects],
            color=COLOURS[place % len(COLOURS)],
            marker=MARKS[place % len(MARKS)],
            linestyle="-" if place < len(COLOURS) else ":",
            linewidth=1.4,
            label=label,
        )
    axes.axhline(1.15, color=AMBER, linestyle=LIMIT_LINE, linewidth=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    counts = sorted({count for _, values in series for count in values})
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.xaxis.set_minor_locator(NullLocator())
    ticks = _ticks(series)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("projects", fontsize=9)
    axes.set_ylabel("cost of a unit, at 10,000 = 1", fontsize=9)
    axes.grid(linewidth=0.4, color="#D0D4DA")
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    return drawn(figure)


def _ticks(series: Sequence[tuple[str, Mapping[int, float]]]) -> list[float]:
    values = [value / found[FROM] for _, found in series for value in found.values()]
    low, high = min([0.8, *values]) / 1.3, max([1.3, *values]) * 1.3
    return [tick for tick in TICKS if low <= tick <= high]
