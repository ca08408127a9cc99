#!/usr/bin/env python3
"""How Millgate's time and memory grow with its data: each load at 1, 10 and 100 times the data, as a table and a plot.

See README.md beside this file. Linux and Python 3.11, no packages.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import sys
import tempfile
from pathlib import Path

import measuring
import reporting
import servers
import tools
from running import Running, machine, wait_for_quiet
from scenarios import SCENARIOS
from seed import Size
from servers import ROOT, USER

TIMES = (1, 10, 100)
BASE = Size(runs=10_000, experiments=1_000, points=10_000, models=1_000)
"""One time the data."""
_COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#222222", "#999933", "#882255",
            "#44aa99", "#dd7788", "#6699cc", "#aa4499"]  # fmt: skip


def scaled(base: Size, times: int) -> Size:
    return Size(base.runs * times, base.experiments * times, base.points * times, base.models * times)


def measure(options: argparse.Namespace, size: Size) -> dict:
    """Each scenario on a server that was started for it, so that the memory is that of the scenario."""
    found: dict = {"size": str(size), "scenarios": {}}
    store = measuring.on_sqlite()
    with tempfile.TemporaryDirectory(prefix="bench-growth-", dir=options.folder) as name:
        folder = Path(name)
        uris = measuring.seeded(store, options.millgate.resolve(), size, folder)
        found["size_mib"] = round(measuring.sqlite_size(folder) / 2**20, 1)
        server = servers.millgate(options.millgate.resolve(), *uris)
        target = measuring.target_of_seed(USER, measuring.some_runs(size))
        first = 0
        for scenario in SCENARIOS:
            if not scenario.growing or (options.scenarios and scenario.name not in options.scenarios):
                continue
            first += 10_000_000
            with Running(server, folder) as running:
                wait_for_quiet(running, options.patience)
                figures = measuring.put_load(
                    scenario, target, running, store=store, seconds=options.seconds, warm_up=options.warm_up,
                    first=first,
                )  # fmt: skip
                figures["start_ms"] = round(running.start_seconds * 1000, 1)
            found["scenarios"][scenario.name] = figures
            print(
                f"  {scenario.title}: {reporting.short(figures)}, {figures['memory']['rss_mib']:,.0f} MiB",
                file=sys.stderr,
            )
    return found


def table(report: dict) -> str:
    titles = {scenario.name: scenario.title for scenario in SCENARIOS}
    times = list(report["times"])
    heads = [f"{kind} at {t}×" for kind in ("half within", "99 % within", "memory") for t in times]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for name in report["times"][times[0]]["scenarios"]:
        cells = [report["times"][t]["scenarios"][name] for t in times]
        row = [
            reporting.short(cell) if cell["errors"] else f"{reporting.number(cell['p50_ms'])} ms"
            for cell in cells
        ]
        row += ["" if cell["errors"] else f"{reporting.number(cell['p99_ms'])} ms" for cell in cells]
        row += [f"{cell['memory']['rss_mib']:,.0f} MiB" for cell in cells]
        lines.append(f"| {titles[name]} | " + " | ".join(row) + " |")
    sizes = ", ".join(f"{report['times'][t]['size_mib']:,.0f} MiB at {t}×" for t in times)
    return "\n".join(lines) + f"\n\nThe database: {sizes}."


def plot(report: dict) -> str:
    """Two panels, the time in which half of the requests ended and the memory, both over the data; logarithmic."""
    titles = {scenario.name: scenario.title for scenario in SCENARIOS}
    times = list(report["times"])
    names = list(report["times"][times[0]]["scenarios"])
    colours = {name: _COLOURS[at % len(_COLOURS)] for at, name in enumerate(names)}
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="1060" height="430" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for left, title, value in (
        (60, "half of the requests within, ms", lambda cell: cell["p50_ms"]),
        (450, "most memory, MiB", lambda cell: cell["memory"]["rss_mib"]),
    ):
        parts += _panel(left, title, value, report, times, names, colours)
    for at, name in enumerate(names):
        y = 60 + 22 * at
        parts.append(f'<line x1="800" x2="824" y1="{y}" y2="{y}" stroke="{colours[name]}" stroke-width="2"/>')
        parts.append(f'<text x="832" y="{y + 4}">{titles[name].replace("&", "&amp;")}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(
    left: int, title: str, value, report: dict, times: list, names: list[str], colours: dict
) -> list[str]:
    width, top, height = 310, 50, 320
    points = {
        name: [
            (at, value(cell))
            for at, t in enumerate(times)
            if not (cell := report["times"][t]["scenarios"][name])["errors"] and cell["turns"]
        ]
        for name in names
    }
    values = [y for line in points.values() for _, y in line if y > 0] or [1]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)

    def x(at: float) -> float:
        return left + width * at / max(1, len(times) - 1)

    def y(found: float) -> float:
        return top + height * (high - math.log10(max(found, 10**low))) / (high - low)

    parts = [f'<text x="{left}" y="30" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for at, t in enumerate(times):
        parts.append(f'<text x="{x(at):.1f}" y="{top + height + 22}" text-anchor="middle">{t}×</text>')
    for name, line in points.items():
        path = " ".join(f"{x(at):.1f},{y(found):.1f}" for at, found in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(at):.1f}" cy="{y(found):.1f}" r="3" fill="{colours[name]}"/>'
            for at, found in line
        ]
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--millgate", type=Path, default=ROOT / "target" / "release" / "millgate", metavar="FILE"
    )
    known = [scenario.name for scenario in SCENARIOS if scenario.growing]
    listed = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--scenarios", type=listed, metavar="LIST", help=f"of {', '.join(known)}")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load")
    parser.add_argument(
        "--warm-up", type=float, default=1.0, help="seconds before each load that do not count"
    )
    parser.add_argument(
        "--patience", type=float, default=3.0, help="seconds to wait before each load for a quiet machine"
    )
    parser.add_argument(
        "--divide", type=int, default=1, metavar="N", help="the N-th part of the data, to try it"
    )
    parser.add_argument("--folder", type=Path, help="where the databases are; default: the temporary folder")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    options = parser.parse_args()
    if unknown := set(options.scenarios or []) - set(known):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    tools.build()
    base = Size(
        *(
            max(100, part // options.divide)
            for part in (BASE.runs, BASE.experiments, BASE.points, BASE.models)
        )
    )
    now = datetime.datetime.now(datetime.UTC)
    report = {
        "date": now.isoformat(timespec="seconds"), "machine": machine(), "seconds": options.seconds, "times": {},
    }  # fmt: skip
    for times in TIMES:
        print(f"{times} times the data", file=sys.stderr)
        report["times"][str(times)] = measure(options, scaled(base, times))
    options.results.mkdir(exist_ok=True)
    file = options.results / f"{now.date()}-growth.json"
    file.write_text(json.dumps(report, indent=1) + "\n")
    file.with_suffix(".svg").write_text(plot(report))
    text = table(report)
    file.with_suffix(".md").write_text(text + "\n")
    print(text)
    print(f"written to {file.name}, with the table in .md and the plot in .svg", file=sys.stderr)


if __name__ == "__main__":
    main()
