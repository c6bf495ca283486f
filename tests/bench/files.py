"""`python -m tests.bench.files`: a large CSV through the mapper beside a bare loop, in turns.

The loop is what any import does at least: csv.reader, a dictionary, json.dumps. Each contender
runs in a process of its own; its rate and peak memory are told as ratios to the loop of the same
run. Memory is constant if it is the same for a tenth of the rows.
"""

import argparse
import csv
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from services.intake.files.mapper import Context, map_rows
from services.intake.files.mapping_checks import read_options
from services.intake.files.mapping_files import load_mapping
from services.intake.files.outcomes import Mapped
from services.intake.files.reading import read_table
from tests.unit.intake_files.table_files import COLUMNS, MAPPING

ROWS: Final = 1_000_000
ROUNDS: Final = 2
JURISDICTION: Final = "J742"


def write(place: Path, rows: int, encoding: str = "gbk") -> None:
    """Write vouchers: one in fifty without a number, so that equal rows are counted too."""
    with place.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["支付凭证登记簿"])
        writer.writerow(COLUMNS)
        writer.writerows(_row(number) for number in range(rows))


def _row(number: int) -> tuple[str, ...]:
    voucher = f"V{number:07d}" if number % 50 else ""
    day = f"2026/{number % 12 + 1}/{number % 28 + 1}"
    amount = f"{number % 9_000 + 1_000:,}.{number % 100:02d}"
    payee, account = f"第{number % 997}工程公司", f"62220202000{number % 100_000:07d}"
    return voucher, f"P{number % 2_000}", day, "2026", amount, "已支付", payee, account


def loop(place: Path) -> Iterator[bytes]:
    """Do what an import does at least."""
    with place.open(encoding="gbk", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        heading = next(reader)
        for cells in reader:
            event = dict(zip(heading, cells, strict=True))
            yield json.dumps(event, ensure_ascii=False).encode()


def mapped(place: Path) -> Iterator[bytes]:
    """Map the file as `dualwatch publish` does."""
    mapping = load_mapping(MAPPING.encode(), "bench.yaml")
    with place.open("rb") as stream:
        table = read_table(stream, place.name, read_options(mapping))
        for outcome in map_rows(table, mapping, Context(JURISDICTION)):
            assert isinstance(outcome, Mapped), outcome
            yield outcome.event


CONTENDERS: Final[dict[str, Callable[[Path], Iterator[bytes]]]] = {"loop": loop, "mapper": mapped}


def measure(contender: str, place: Path) -> dict[str, Any]:
    """Run a contender in this process: rows, seconds, peak memory."""
    # The time of this process alone: what else the machine does is not counted.
    began, rows, seen = time.process_time(), 0, hashlib.sha256()
    for event in CONTENDERS[contender](place):
        rows += 1
        seen.update(event)
    seconds = time.process_time() - began
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rows": rows, "rate": rows / seconds, "peak_mib": peak_kib / 1024}


def run(contender: str, place: Path) -> dict[str, Any]:
    """Run a contender in a process of its own."""
    command = (sys.executable, "-m", "tests.bench.files", "--contender", contender, str(place))
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(rows: int, rounds: int = ROUNDS) -> Iterator[str]:
    """Run all in turns and yield the lines of a table."""
    yield "| contender | rows | rows per CPU second | rate ÷ loop | peak MiB | memory ÷ loop |"
    yield "|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory(prefix="dualwatch-bench-") as folder:
        for count in (rows // 10, rows):
            place = Path(folder) / f"{count}.csv"
            write(place, count)
            best: dict[str, dict[str, Any]] = {}
            for _ in range(rounds):
                for contender in CONTENDERS:
                    found = run(contender, place)
                    known = best.setdefault(contender, found)
                    if found["rate"] > known["rate"]:
                        best[contender] = found
            for contender, one in best.items():
                rate = one["rate"] / best["loop"]["rate"]
                memory = one["peak_mib"] / best["loop"]["peak_mib"]
                yield (
                    f"| {contender} | {one['rows']:,} | {one['rate']:,.0f} | {rate:.2f} "
                    f"| {one['peak_mib']:.0f} | {memory:.2f} |"
                )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.files", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--contender", choices=CONTENDERS)
    parser.add_argument("place", type=Path, nargs="?")
    options = parser.parse_args()
    if options.contender:
        print(json.dumps(measure(options.contender, options.place)))
        return
    for line in table(options.rows, options.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
