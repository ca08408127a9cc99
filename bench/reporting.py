"""A report of `run.py` as Markdown."""

from __future__ import annotations

import goals
from scenarios import SCENARIOS

STORES = {
    "sqlite": "SQLite on disk",
    "memory": "SQLite in memory: nobody waits for the disk",
    "postgresql": "PostgreSQL, durable",
}
_NAMES = {
    "millgate": "Millgate",
    "mlflow": "MLflow",
    "mlflow-cached": "MLflow, cache on",
    "fasttrackml": "FastTrackML",
}


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def short(figures: dict, with_example: bool = False) -> str:
    """One load in a few words."""
    if figures["errors"]:
        errors = ", ".join(f"{what} × {count:,}" for what, count in figures["errors"].items())
        example = figures.get("error_example")
        return f"errors: {errors}" + (f" ({example})" if example and with_example else "")
    if not figures["turns"]:
        return "no answer"
    return (
        f"{number(figures['turns_per_second'])}/s, {number(figures['p50_ms'])}/{number(figures['p99_ms'])} ms"
    )


def markdown(report: dict) -> str:
    machine = report["machine"]
    lines = [
        f"Measured on {report['date'][:10]}: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}; load average {machine['load_average'][0]} before. Per cell: turns a "
        "second, and the milliseconds in which half and 99 % of them ended. –: not offered.",
    ]
    for store, title in STORES.items():
        found = [server for server in report["servers"] if server["store"] == store]
        if found:
            lines += ["", f"### {title}", "", *_table(report, store, found)]
    if report["failed"]:
        lines += ["", "Not measured, as it failed: " + ", ".join(one["what"] for one in report["failed"]) + "."]
    lines += ["", "### Goals", "", *_goals(report["goals"])]
    return "\n".join(lines) + "\n"


def _table(report: dict, store: str, found: list[dict]) -> list[str]:
    sql = report["bare_sql"].get(store, {})
    has_millgate = any(server["name"] == "millgate" for server in found)
    heads = [f"{_NAMES[server['name']]} {server['version']}" for server in found]
    columns = ["", *heads]
    if has_millgate:
        columns += ["HTTP alone", "SQL alone", "Millgate's share of both", "client's CPU"]
    rows = []
    for scenario in SCENARIOS:
        cells = [server["scenarios"].get(scenario.name) for server in found]
        if not any(cells):
            continue
        row = [scenario.title, *(short(cell) if cell else "–" for cell in cells)]
        if has_millgate:
            share = goals.share(report, store, scenario.name)
            own = goals.of(report, "millgate", store, scenario.name)
            for beside in (report["bare_http"].get(scenario.name), sql.get(scenario.name)):
                rate = goals.rate(beside)
                row.append(f"{number(rate)}/s" if rate else short(beside) if beside else "")
            row += [f"{share:.0%}" if share is not None else "", f"{own['cpu']:.0%}" if own else ""]
        rows.append(row)
    memory_at = lambda server: server["scenarios"].get("mixed", {}).get("memory", {}).get("rss_mib")  # noqa: E731
    for title, cell in (
        ("start", lambda s: f"{s['start_ms']:,.0f} ms"),
        ("memory at rest", lambda s: f"{s['idle']['rss_mib']:,.0f} MiB"),
        ("most memory under load", lambda s: f"{s['memory_most_mib']:,.0f} MiB"),
        ("memory with 64 connections", lambda s: f"{memory_at(s):,.0f} MiB" if memory_at(s) else ""),
        ("database before and after", lambda s: f"{s['size_mib']:,.0f}, {s['size_after_mib']:,.0f} MiB"),
        ("waits for the disk a write", lambda s: _syncs(s)),
    ):
        rows.append([title, *(cell(server) for server in found), *([""] * (len(columns) - 1 - len(found)))])
    lines = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _syncs(server: dict) -> str:
    value = server.get("syncs_per_write")
    return "" if value is None else f"{value:g}"


def _goals(judged: list[dict]) -> list[str]:
    words = {True: "met", False: "missed", None: "not judged"}
    lines = ["| goal | where | | found |", "|---|---|---|---|"]
    return lines + [
        f"| {one['goal']} | {one['where']} | {words[one['met']]} | {one['found']} |" for one in judged
    ]
