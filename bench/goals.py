"""The project's goals for speed and memory, judged by a report of `run.py`."""

from __future__ import annotations

from scenarios import SCENARIOS

CLIENT_BOUND = 0.9
"""Share of a core from which on the load generator, which has one thread, may be the limit."""
MEMORY_MIB = 100.0


def rate(figures: dict | None) -> float | None:
    """Turns a second; `None` where something failed: that is no speed."""
    if not figures or figures["errors"] or not figures["turns"]:
        return None
    return figures["turns_per_second"]


def limit(http: dict | None, sql: dict | None) -> float | None:
    """Turns a second of something that does nothing but HTTP and SQL, one after the other."""
    one, other = rate(http), rate(sql)
    return None if one is None or other is None else 1 / (1 / one + 1 / other)


def of(report: dict, name: str, store: str, scenario: str) -> dict | None:
    for server in report["servers"]:
        if server["name"] == name and server["store"] == store:
            return server["scenarios"].get(scenario)
    return None


def share(report: dict, store: str, scenario: str) -> float | None:
    """How much of the limit Millgate reaches."""
    found = limit(report["bare_http"].get(scenario), report["bare_sql"].get(store, {}).get(scenario))
    own = rate(of(report, "millgate", store, scenario))
    return None if found is None or own is None else own / found


def judge(report: dict) -> list[dict]:
    stores = [
        key for key in ("sqlite", "memory", "postgresql") if any(s["store"] == key for s in report["servers"])
    ]
    judged: list[dict] = []

    def add(goal: str, where: str, met: bool | None, found: str) -> None:
        judged.append({"goal": goal, "where": where, "met": met, "found": found})

    for store in stores:
        for scenario in SCENARIOS:
            where = f"{scenario.title}, {store}"
            figures = of(report, "millgate", store, scenario.name)
            if figures is None:
                continue
            own = rate(figures)
            if own is None:
                add("answers without errors", where, False, f"{figures['errors']}")
                continue
            part = share(report, store, scenario.name)
            is_client = figures["cpu"] >= CLIENT_BOUND
            note = f", {part:.0%} of the limit" if part is not None else ""
            note += ", the client is the bound" if is_client else ""

            def compare(
                goal: str, name: str, times: float, *, or_half: bool = False, scenario=scenario, store=store,
                own=own, part=part, where=where, note=note, is_client=is_client,
            ) -> None:  # fmt: skip
                other = of(report, name, store, scenario.name)
                if other is None:
                    return
                if rate(other) is None:
                    add(goal, where, None, f"{name} fails: {other['errors']}")
                    return
                ratio = own / rate(other)
                met: bool | None = ratio >= times or (or_half and part is not None and part >= 0.5)
                if not met and is_client:
                    met = None
                add(goal, where, met, f"{ratio:.1f}×{note}")

            # FastTrackML does not wait for the disk on SQLite: there a write is compared in memory.
            if not (store == "sqlite" and scenario.writes):
                compare("2 × FastTrackML, or half of the limit", "fasttrackml", 2, or_half=True)
            if not scenario.artifacts:
                compare("20 × MLflow with its cache", "mlflow-cached", 20)
            if scenario.small:
                compare("200 × MLflow by default", "mlflow", 200)
            if scenario.name == "log-batch-1000":
                sql = rate(report["bare_sql"].get(store, {}).get(scenario.name))
                if sql is not None:
                    add("1,000 metrics at half of bare SQL", where, own >= sql / 2, f"{own / sql:.0%}")
            if scenario.name == "mixed":
                most = figures["memory"]["rss_mib"]
                add("below 100 MiB with 64 connections", where, most < MEMORY_MIB, f"{most:.0f} MiB")
    for store, found in report["million"].items():
        few, many = found["10,000"], found["1,000,000"]
        if rate(few) is None or rate(many) is None:
            add(
                "a page out of 1,000,000 runs as out of 10,000",
                store,
                False,
                f"{few['errors']} {many['errors']}",
            )
            continue
        ratio = many["p50_ms"] / few["p50_ms"]
        add(
            "a page out of 1,000,000 runs within 1.5 × of one out of 10,000", store, ratio <= 1.5,
            f"{few['p50_ms']:.2f} and {many['p50_ms']:.2f} ms, {ratio:.2f}×",
        )  # fmt: skip
    return judged
