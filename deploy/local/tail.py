"""The logs of all processes as one stream for people: coloured on a terminal, plain elsewhere."""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

INTERVAL_SECONDS = 0.2
STOP_SECONDS = 2.0
READ_BYTES_MAX = 256 * 1024
LINE_CHARACTERS_MAX = 400
NAME_WIDTH = 9
COLOURS = {
    "stack": 37,
    "kafka": 33,
    "mongo": 32,
    "intake": 36,
    "analysis": 34,
    "alerts": 35,
    "reporting": 96,
}
OTHER_COLOUR = 90
ALARM_COLOUR = 31
ALARMS = frozenset({"warn", "warning", "fatal", "error", "critical", "exception"})
# What the line already shows, or what every line has.
SHOWN_ELSEWHERE = frozenset({"event", "level", "timestamp", "service", "logger"})
KAFKA_LINE = re.compile(
    r"[\d-]+T(?P<time>[\d:]{8})\S*Z (?P<level>WARN|ERROR|FATAL|INFO) (?P<text>.*)"
)
MONGO_SEVERITIES = {"W": "warning", "E": "error", "F": "critical"}
# A log may quote what a stranger sent; it must not steer the terminal.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


class Tail:
    """Follows every `*.log` of a folder from now on, until stopped."""

    def __init__(self, folder: Path, out: TextIO, *, colours: bool) -> None:
        """Nothing is read before `start`."""
        self._folder = folder
        self._out = out
        self._colours = colours
        self._positions: dict[Path, int] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="tail", daemon=True)

    def start(self) -> None:
        """Note where the logs end now, and show what comes after."""
        self._positions = {file: file.stat().st_size for file in self._files()}
        self._thread.start()

    def stop(self) -> None:
        """Show what is left and end."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.log"))

    def _follow(self) -> None:
        # The terminal may be closed while we write to it; the files keep everything.
        with contextlib.suppress(OSError):
            while not self._stopped.wait(INTERVAL_SECONDS):
                self._show_new()
            self._show_new()

    def _show_new(self) -> None:
        for file in self._files():
            for line in self._new_lines(file):
                shown = render(file.stem, line, colours=self._colours)
                if shown is not None:
                    self._out.write(shown + "\n")
        self._out.flush()

    def _new_lines(self, file: Path) -> list[str]:
        try:
            size = file.stat().st_size
            position = self._positions.get(file, 0)
            # A shorter file is a new one: the old was moved away or reset.
            position = 0 if size < position else position
            with file.open("rb") as stream:
                stream.seek(position)
                content = stream.read(READ_BYTES_MAX)
        except FileNotFoundError:
            return []
        whole = content.rfind(b"\n") + 1
        # A line longer than one reading would never be whole: show it in pieces.
        whole = whole or (len(content) if len(content) == READ_BYTES_MAX else 0)
        self._positions[file] = position + whole
        return content[:whole].decode(errors="replace").splitlines()


def render(part: str, line: str, *, colours: bool) -> str | None:
    """Give a log line as people read it, or None for one that is not worth their time."""
    level, time, text = _read(line)
    if level is None:
        return None
    text = CONTROL.sub("�", text)[:LINE_CHARACTERS_MAX]
    name = f"{part:<{NAME_WIDTH}}"
    if colours:
        name = _coloured(name, COLOURS.get(part, OTHER_COLOUR))
        text = _coloured(text, ALARM_COLOUR) if level in ALARMS else text
    return f"{time:<8} {name} {text}"


def _read(line: str) -> tuple[str | None, str, str]:
    """Take level, time and text out of a line of ours, of mongod, or of anybody."""
    try:
        entry = json.loads(line)
    except ValueError:
        return _kafkas(line)
    if not isinstance(entry, dict):
        return "info", "", line
    if "event" in entry:
        return _ours(entry)
    if "msg" in entry and "s" in entry:
        return _mongods(entry)
    return "info", "", line


def _ours(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    details = _details(entry, lambda key: key not in SHOWN_ELSEWHERE)
    level = str(entry.get("level", "info"))
    return level, _clock(str(entry.get("timestamp", ""))), f"{entry['event']}{details}"


def _mongods(entry: Mapping[str, Any]) -> tuple[str | None, str, str]:
    attributes = entry.get("attr")
    details = _details(attributes, lambda _: True) if isinstance(attributes, dict) else ""
    time = entry.get("t")
    stamp = str(time.get("$date", "")) if isinstance(time, dict) else ""
    # Its informational lines are many, and its advice at start is for servers on a network.
    advice = "startupWarnings" in entry.get("tags", ())
    level = None if advice else MONGO_SEVERITIES.get(str(entry["s"]))
    return level, _clock(stamp), f"{entry['msg']}{details}"


def _kafkas(line: str) -> tuple[str, str, str]:
    """Take apart a line of the form that log4j2.properties gives, or leave it as it is."""
    match = KAFKA_LINE.match(line)
    return (match["level"].lower(), match["time"], match["text"]) if match else ("info", "", line)


def _details(entry: Mapping[str, Any], wanted: Callable[[str], bool]) -> str:
    return "".join(f" {key}={value}" for key, value in entry.items() if wanted(key))


def _clock(timestamp: str) -> str:
    """Take the time of day out of an ISO 8601 timestamp."""
    return timestamp.partition("T")[2][:8]


def _coloured(text: str, colour: int) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"
