/* Draws the charts from the figures that the page holds; every one is also in a table beside it. */
"use strict";
(() => {
  const INK = "#26323f";
  const GRID = "#e3e7eb";
  const FONT =
    'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
  // A shape for each light, so that none is known by its colour alone.
  const LIGHTS = {
    red: { color: "#b3261e", symbol: "rect" },
    yellow: { color: "#d98e04", symbol: "triangle" },
    green: { color: "#1a7f4b", symbol: "circle" },
    blue: { color: "#2563a8", symbol: "diamond" },
    none: { color: "#6b7783", symbol: "emptyCircle" },
  };
  const LINES = {
    adjusted_budget: { color: "#6b7783", type: "dotted", symbol: "none", step: "end" },
    expected_spent: { color: "#d98e04", type: "dashed", symbol: "rect", step: false },
    disbursed: { color: "#2563a8", type: "solid", symbol: "triangle", step: false },
    spent: { color: "#12365c", type: "solid", symbol: "circle", step: false },
    last_year: { color: "#8a5a9e", type: "dashed", symbol: "emptyCircle", step: false },
  };

  const read = (id) => {
    const element = document.getElementById(id);
    return element ? JSON.parse(element.textContent) : null;
  };
  const percent = (value) => value.toFixed(2) + "%";
  const amount = (value) =>
    value === null || value === undefined
      ? "–"
      : value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const narrow = () => window.innerWidth < 640;
  const short = (text) => (text.length > 30 ? text.slice(0, 29) + "…" : text);

  const common = {
    animation: false,
    textStyle: { fontFamily: FONT, color: INK },
    // Drawn on the canvas: HTML tooltips would need inline styles, which the page forbids.
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: "#ffffff",
      borderColor: "#9aa5b1",
      textStyle: { color: INK, fontSize: 13 },
    },
    legend: { top: 0, left: 0, itemGap: 18, itemWidth: 18, itemHeight: 10, textStyle: { color: INK, fontSize: 13 } },
  };

  const draw = (id, options) => {
    const chart = echarts.init(document.getElementById(id), null, { renderer: "canvas" });
    chart.setOption({ ...common, ...options });
    new ResizeObserver(() => chart.resize()).observe(document.getElementById(id));
    return chart;
  };

  const rate = (name, max) => ({
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 30,
    min: 0,
    max,
    axisLabel: { formatter: "{value}%", color: INK },
    nameTextStyle: { color: INK, fontSize: 13 },
    splitLine: { lineStyle: { color: GRID } },
    axisLine: { show: true, lineStyle: { color: "#9aa5b1" } },
  });

  // What the charts over months have in common: the axes, the tooltip, and a line of figures.
  const overMonths = (data, top, label, words) => ({
    grid: { left: 8, right: 16, top, bottom: 8, containLabel: true },
    xAxis: {
      type: "category",
      data: data.months,
      axisLabel: { color: INK, formatter: label },
      axisLine: { lineStyle: { color: "#9aa5b1" } },
    },
    yAxis: {
      type: "value",
      axisLabel: { color: INK, formatter: (value) => value.toLocaleString("en-US") },
      splitLine: { lineStyle: { color: GRID } },
    },
    tooltip: {
      ...common.tooltip,
      trigger: "axis",
      formatter: (items) => [items[0].axisValue, ...words(items)].join("\n"),
    },
  });
  const figure = (item) => `${item.seriesName} ${amount(item.value)}`;
  const line = (one) => {
    const { color, type, symbol, step } = LINES[one.kind];
    return {
      type: "line",
      name: one.name,
      data: one.values,
      step,
      symbol,
      symbolSize: 7,
      connectNulls: false,
      itemStyle: { color },
      lineStyle: { color, type, width: 2 },
    };
  };

  // A mark of each project; where they are many, of each cell of 5 points, larger the more it holds.
  const CELL = 5;
  const marks = (data, one) =>
    data.cells
      ? one.points.map(([x, y, projects]) => ({ value: [x + CELL / 2, y + CELL / 2, projects], at: [x, y] }))
      : one.points;
  const size = (data) => (data.cells ? (value) => Math.min(26, 4 + 2.2 * Math.sqrt(value[2])) : 8);
  const told = (data, point) =>
    data.cells
      ? [
          `${point.seriesName}: ${point.data.value[2]} ${data.words.projects}`,
          ...data.axes.map((axis, place) => `${axis} ${point.data.at[place]}–${point.data.at[place] + CELL}%`),
        ]
      : [
          short(point.data.name),
          `${data.x} ${percent(point.data.value[0])}`,
          `${data.y} ${percent(point.data.value[1])}`,
        ];

  const quadrant = (data) => {
    data.axes = [data.x, data.y];
    const most = Math.max(
      100,
      ...data.series.flatMap((one) => marks(data, one).map((point) => point.value[0])),
    );
    const expected = data.expected;
    const series = data.series.map((one, index) => ({
      type: "scatter",
      name: one.name,
      symbol: LIGHTS[one.light].symbol,
      symbolSize: size(data),
      itemStyle: { color: LIGHTS[one.light].color, opacity: data.cells ? 0.6 : 0.78 },
      data: marks(data, one),
      markLine:
        index === 0 && expected !== null
          ? {
              silent: true,
              symbol: "none",
              lineStyle: { color: "#5b6773", type: "dashed", width: 1 },
              label: { formatter: percent(expected), color: INK, fontSize: 12 },
              data: [{ xAxis: expected }, { yAxis: expected }],
            }
          : undefined,
    }));
    const chart = draw("quadrant", {
      grid: { left: 58, right: 52, top: 40, bottom: 48 },
      xAxis: rate(data.x, Math.min(150, Math.ceil(most / 10) * 10)),
      yAxis: { ...rate(data.y, 100), nameGap: 42 },
      legend: { ...common.legend, itemWidth: 11, itemHeight: 11 },
      tooltip: {
        ...common.tooltip,
        trigger: "item",
        formatter: (point) => told(data, point).join("\n"),
      },
      series,
    });
    chart.on("click", (point) => {
      if (point.data && point.data.link) {
        window.location.assign(point.data.link);
      }
    });
  };

  // From what is spent to what is foreseen: a line to the year's end, and the interval about it.
  const foreseen = (data) => {
    const spent = data.series.find((one) => one.kind === "spent");
    const last = data.months.length - 1;
    const from = spent ? spent.values.findLastIndex((value) => value !== null) : -1;
    if (!data.forecast || from < 0 || from >= last) {
      return [];
    }
    const start = spent.values[from];
    const towards = (end) =>
      data.months.map((_, place) =>
        place < from ? null : start + ((end - start) * (place - from)) / (last - from),
      );
    const quiet = { type: "line", symbol: "none", silent: true, connectNulls: false };
    const { name, band, point, low, high } = data.forecast;
    const found = [
      {
        ...quiet,
        name,
        data: towards(point),
        itemStyle: { color: LINES.spent.color },
        lineStyle: { color: LINES.spent.color, type: "dashed", width: 2 },
      },
    ];
    if (low !== null && high !== null) {
      const bottom = towards(low);
      const top = towards(high);
      const height = top.map((value, place) => (value === null ? null : value - bottom[place]));
      const none = { lineStyle: { opacity: 0 }, itemStyle: { color: LINES.spent.color } };
      found.push(
        { ...quiet, ...none, stack: "interval", data: bottom, tooltip: { show: false } },
        { ...quiet, ...none, stack: "interval", name: band, data: height, areaStyle: { opacity: 0.14 } },
      );
    }
    return found;
  };

  // What happened to the work in a month: a mark on the axis, words in the tooltip.
  const happened = (data) => {
    const of = data.months.map((month) => data.events.months[month]);
    return of.some(Boolean)
      ? [
          {
            type: "scatter",
            name: data.events.name,
            symbol: "diamond",
            symbolSize: 11,
            itemStyle: { color: "#7a4fa3" },
            data: of.map((words) => (words ? 0 : null)),
          },
        ]
      : [];
  };

  // The interval's band is drawn as a height, and events as marks: neither is a figure to read.
  const isFigure = (data) => (item) =>
    item.seriesName !== (data.forecast && data.forecast.band) &&
    !item.seriesName.startsWith("series") &&
    item.seriesName !== data.events.name;
  const months = (data) => {
    const words = (items) => [
      ...items.filter(isFigure(data)).map(figure),
      ...(data.events.months[items[0].axisValue] || []).map((told) => `◆ ${short(told)}`),
    ];
    draw("months", {
      // On a phone the legend takes two lines.
      ...overMonths(data, narrow() ? 66 : 40, (month) => month.slice(5), words),
      series: [...data.series.map(line), ...foreseen(data), ...happened(data)],
    });
  };

  // Spending of two years, month by month.
  const years = (data) =>
    draw("years-chart", {
      ...overMonths(data, 40, undefined, (items) => items.map(figure)),
      series: data.series.map(line),
    });

  const start = () => {
    const points = read("quadrant-data");
    if (points) {
      quadrant(points);
    }
    const lines = read("months-data");
    if (lines) {
      months(lines);
    }
  };
  // What comes later, in exchange for a part of the page.
  const later = () => {
    const element = document.getElementById("years-chart");
    if (element && !element.dataset.drawn) {
      element.dataset.drawn = "yes";
      years(JSON.parse(element.dataset.chart));
    }
  };
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("DOMContentLoaded", later);
  document.addEventListener("htmx:afterSettle", later);
  // A section that was read anew has an empty place for its chart.
  document.addEventListener("live:replaced", (event) => {
    const drawn = { "quadrant-data": quadrant, "months-data": months };
    Object.entries(drawn).forEach(([id, chart]) => {
      const data = event.target.querySelector(`#${id}`);
      if (data) {
        chart(JSON.parse(data.textContent));
      }
    });
  });
})();
