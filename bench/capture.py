#!/usr/bin/env python3
"""Records the statements that Millgate sends for each load, for the bare measurement: `statements/`.

PostgreSQL logs them with their values. What differs from turn to turn is then replaced by what makes it, and the text
of SQLite's is derived from PostgreSQL's as the crate `store` renders it; where `gdb` is installed, the derived texts
are compared with those that SQLite gets from the server. See README.md beside this file. Needs `psql`, which comes
with PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measuring
import seed
import servers
import statements
import tools
from postgresql import Postgresql
from running import Running
from scenarios import SCENARIOS, Target
from servers import ROOT, USER

LOGGED = """
logging_collector = on
log_destination = 'jsonlog'
log_directory = 'log'
log_filename = 'all'
log_statement = 'all'
log_rotation_age = 0
log_rotation_size = 0
"""
TURN = 7_777_777
NOW = 1_800_000_000_000
RUN = seed.run_id(5)

_PLACEHOLDER = re.compile(r"\$(\d+)")
_VALUE = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_NEW_ID = re.compile(r"\b[0-9a-f]{32}\b")
_SQLITE = [
    (
        r" = ANY \(ARRAY\(SELECT json_array_elements_text\((\$\d+)::json\)(?:::bigint)?\)\)",
        r" IN (SELECT value FROM json_each(\1))",
    ),
    (
        r"SELECT pair ->> 0, \(pair ->> 1\)::bigint FROM json_array_elements\((\$\d+)::json\) AS pair",
        r"SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(\1)",
    ),
    (r"json_agg\(([^)]*)\)::text", r"json_group_array(\1)"),
    (r" LIKE (\$\d+) ESCAPE ''", r" LIKE \1"),
    (r' FOR (?:NO KEY )?(?:UPDATE|SHARE|KEY SHARE)(?: OF (?:"\w+"(?:, )?)+)?', ""),
    # As `store` renders what must not be looked up by an index.
    (r'WHERE ("experiments"."workspace" = )', r"WHERE +\1"),
    (r" UNION ALL \((.*?)\)(?= UNION ALL |$)", r" UNION ALL \1"),
    (r"\$(\d+)", r"?"),
]  # fmt: skip


def to_sqlite(sql: str) -> str:
    for pattern, replacement in _SQLITE:
        sql = re.sub(pattern, replacement, sql)
    return sql


def type_of(name: str) -> str:
    if name in ("integer", "bigint", "smallint"):
        return "int"
    if name in ("double precision", "real", "numeric"):
        return "real"
    return "bool" if name == "boolean" else "text"


class Turn:
    """Replaces what differs from turn to turn by what makes it."""

    def __init__(self, times: set[int]):
        self.times = sorted(times)
        self.known: dict[str, str] = {}

    def value(self, text: str | None, kind: str) -> dict | str:
        if text is None:
            return "null" if kind == "text" else "nullint"
        if kind == "bool":
            return {"bool": text == "t"}
        return {kind: self.parts(text)}

    def parts(self, text: str) -> list:
        parts: list = []
        at = 0
        for found in re.finditer(r"\b[0-9a-f]{32}\b|\d{7,}", text):
            part = self.part(found[0])
            if part is not None:
                parts += [text[at : found.start()], part]
                at = found.end()
        parts.append(text[at:])
        return [part for part in parts if part != ""] or [""]

    def part(self, word: str) -> dict | None:
        if word == RUN:
            return {"pick": "runs"}
        if word == str(NOW):
            return {"now": "ms"}
        if word.isdigit():
            for times in self.times:
                if TURN * times <= int(word) < (TURN + 1) * times:
                    return {"n": {"times": times, "plus": int(word) - TURN * times}}
            return None
        if word in self.known:
            return {"var": self.known[word]}
        return None

    def learn(self, text: str) -> dict | None:
        """An id that the server has made: from here on, it is made in each turn."""
        self.known[text] = f"id{len(self.known)}"
        return {"hex": 32, "keep": self.known[text]}


def compact(sql: str, values: list) -> dict:
    """A statement whose rows repeat is written as one row and a number."""
    found = re.search(r"VALUES (\(\$1(?:, \$\d+)*\))(?:, \(\$\d+(?:, \$\d+)*\))+", sql)
    if not found or len(values) < 100:
        return {"sql": sql, "values": values}
    width = found[1].count("$")
    rows = [values[at : at + width] for at in range(0, len(values), width)]
    groups: list[dict] = []
    for row in rows:
        group = groups[-1] if groups else None
        if group and row == moved(group["of"], group["repeat"]):
            group["repeat"] += 1
        else:
            groups.append({"repeat": 1, "of": counting(row)})
    # What is made from these is the same as the original.
    again = [moved(group["of"], i) for group in groups for i in range(group["repeat"])]
    assert again == rows, "rows that do not repeat"
    text = sql[: found.start(1)] + "{rows}" + sql[found.end() :]
    return {
        "sql": text,
        "rows": len(rows),
        "columns": width,
        "values": [{"repeat": group} for group in groups],
    }


def counting(row: list) -> list:
    """The row with numbers that grow with each repetition."""
    text = json.dumps(row)
    return json.loads(re.sub(r'(\{"n": \{"times": \d+, "plus": \d+)\}', r'\1, "i": true}', text))


def moved(row: list, by: int) -> list:
    text = json.dumps(row)
    pattern = r'\{"n": \{"times": (\d+), "plus": (\d+), "i": true\}'
    return json.loads(
        re.sub(pattern, lambda m: f'{{"n": {{"times": {m[1]}, "plus": {int(m[2]) + by}}}', text)
    )


def pieces(entries: list[dict], types: dict[str, list[str]], turn: Turn) -> list[dict]:
    """The statements by the connection and transaction that they ran in."""
    made: list[dict] = []
    open_pieces: dict[int, dict] = {}
    for entry in entries:
        pid, database, message = entry["pid"], entry["dbname"], entry["message"]
        piece = open_pieces.get(pid)
        if message.startswith("statement: "):
            text = message.removeprefix("statement: ")
            if text.startswith("BEGIN"):
                piece = {"database": database, "write": text == "BEGIN", "statements": []}
                if not piece["write"]:
                    piece["begin"] = text
                open_pieces[pid] = piece
                made.append(piece)
            elif text in ("COMMIT", "ROLLBACK"):
                open_pieces.pop(pid, None)
            continue
        sql = re.sub(r"^execute [^:]*: ", "", message)
        if piece is None:
            piece = {"database": database, "write": False, "statements": []}
            made.append(piece)
        given = {int(n): v for n, v in _VALUE.findall(entry.get("detail") or "")}
        values = []
        for number in range(1, len(given) + 1):
            text = None if given[number] == "NULL" else given[number][1:-1].replace("''", "'")
            kind = types[sql][number - 1]
            # An id that was not asked for: the server's own.
            is_new = text is not None and piece["write"] and _NEW_ID.fullmatch(text)
            if is_new and text != RUN and text not in turn.known and sql.startswith('INSERT INTO "runs"'):
                values.append({"text": [turn.learn(text)]})
            else:
                values.append(turn.value(text, kind))
        piece["statements"].append({"sql": sql, "values": values})
    return [piece for piece in made if piece["statements"]]


class Recorder:
    def __init__(self, pg: Postgresql):
        self.pg = pg
        self.log = next((pg.folder / "data" / "log").glob("*.json"))

    def psql(self, database: str, text: str) -> str:
        command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.pg.uri(database)]
        return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout

    def types(self, entries: list[dict]) -> dict[str, list[str]]:
        """The types of each statement's parameters, as PostgreSQL sees them."""
        found = {}
        for entry in entries:
            if not entry["message"].startswith("execute "):
                continue
            sql = re.sub(r"^execute [^:]*: ", "", entry["message"])
            if sql not in found:
                ask = f"PREPARE asked AS {sql}; SELECT array_to_json(parameter_types) FROM pg_prepared_statements;"
                found[sql] = [type_of(name) for name in json.loads(self.psql(entry["dbname"], ask))]
        return found

    def record(self, running: Running, target: Target, flow: dict) -> list[dict]:
        """What the log says of one turn, after one that fills the server's memories."""
        job = {
            "address": f"127.0.0.1:{running.port}", "connections": 1, "seconds": 60, "warm_up": 0, "turns": 1,
            "lists": {"runs": target.runs}, "flows": [measuring.at_time(flow, NOW)],
        }  # fmt: skip
        for first in (TURN - 1, TURN):
            time.sleep(0.3)
            at = self.log.stat().st_size
            done = tools.bench_load("http", job | {"first": first})
            if done["errors"]:
                raise RuntimeError(f"{flow['name']}: {done['errors']} {done.get('error_example')}")
        time.sleep(0.5)
        with self.log.open("rb") as file:
            file.seek(at)
            lines = [json.loads(line) for line in file.read().decode().splitlines()]
        return [line for line in lines if line.get("dbname") in ("main", "auth")]


def texts_of_sqlite(running: Running, folder: Path, act) -> set[str] | None:
    """The texts, printable, that SQLite gets while `act` runs, from a breakpoint; `None` without gdb."""
    gdb = shutil.which("gdb")
    if gdb is None:
        return None
    out = folder / "gdb.out"
    script = folder / "gdb.commands"
    script.write_text(
        f"set pagination off\nset print elements 0\nset print repeats 0\nset logging file {out}\n"
        "set logging redirect on\nset logging enabled on\nbreak sqlite3_prepare_v3\ncommands\nsilent\n"
        'printf "SQL %s\\n", (char*)$rsi\ncontinue\nend\ncontinue\n'
    )
    process = subprocess.Popen(
        [gdb, "-q", "-nx", "-batch", "-p", str(running.process.pid), "-x", script],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        time.sleep(10)
        act()
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return (
        set(re.findall(r"^SQL (.*)$", out.read_text(errors="replace"), re.MULTILINE))
        if out.exists()
        else None
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--millgate", type=Path, default=ROOT / "target" / "release" / "millgate", metavar="FILE"
    )
    parser.add_argument("--no-check", action="store_true", help="do not compare with what SQLite gets")
    options = parser.parse_args()
    tools.build()
    statements.FOLDER.mkdir(exist_ok=True)
    kept: dict[str, dict] = {}
    flows: dict[str, dict] = {}
    with tempfile.TemporaryDirectory(prefix="bench-capture-") as name:
        folder = Path(name)
        with Postgresql(folder, LOGGED) as pg:
            store = measuring.on_postgresql(pg)
            uris = measuring.seeded(store, options.millgate.resolve(), seed.STANDARD, folder)
            recorder = Recorder(pg)
            place = folder / "millgate"
            place.mkdir()
            server = servers.millgate(options.millgate.resolve(), *uris)
            target = measuring.target_of_seed(USER, [RUN])
            with Running(server, place) as running:
                for scenario in SCENARIOS:
                    if scenario.name == "mixed" or "1g" in scenario.name:
                        continue
                    for flow in scenario.flows(target):
                        print(f"recording {flow['name']}", file=sys.stderr)
                        entries = recorder.record(running, target, flow)
                        turn = Turn({1, 10, 100} if "metrics" in flow["name"] else {1})
                        if flow["name"] == "log 100 metrics":
                            turn.times = [10]
                        if flow["name"] == "log 1000 metrics":
                            turn.times = [100]
                        made = pieces(entries, recorder.types(entries), turn)
                        kept[scenario.name] = listed(flow["name"], made)
                        flows[scenario.name] = flow
        for name, made in kept.items():
            statements.file(name).write_text(written(made))
        if not options.no_check:
            check(options.millgate.resolve(), folder, flows, kept)


def listed(flow: str, made: list[dict]) -> dict:
    """As a file holds it: each text once, in both dialects, and pieces that name texts by their number."""
    texts: list[dict] = []
    listed_pieces = []
    for piece in made:
        numbered = []
        for one in piece["statements"]:
            short = compact(one["sql"], one["values"])
            values = short.pop("values")
            text = {"postgresql": short.pop("sql")} | short
            text["sqlite"] = to_sqlite(text["postgresql"])
            if text not in texts:
                texts.append(text)
            numbered.append([texts.index(text), values])
        listed_pieces.append(piece | {"statements": numbered})
    return {"flow": flow, "texts": texts, "pieces": listed_pieces}


def written(made: dict) -> str:
    """JSON with a text or a statement a line."""

    def dumped(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = ["{", f' "flow": {dumped(made["flow"])},', ' "texts": [']
    lines.append(",\n".join(f"  {dumped(text)}" for text in made["texts"]) + "\n ],")
    pieces = []
    for piece in made["pieces"]:
        head = dumped({key: value for key, value in piece.items() if key != "statements"})[:-1]
        inner = ",\n".join(f"   {dumped(one)}" for one in piece["statements"])
        pieces.append(f'  {head}, "statements": [\n{inner}\n  ]}}')
    lines += [' "pieces": [', ",\n".join(pieces) + "\n ]", "}"]
    return "\n".join(lines) + "\n"


def check(binary: Path, folder: Path, flows: dict[str, dict], kept: dict[str, dict]) -> None:
    """Compares the derived texts with those that SQLite gets."""
    place = folder / "sqlite"
    place.mkdir()
    uris = measuring.seeded(measuring.on_sqlite(), binary, measuring.SMALL, place)
    server = servers.millgate(binary, *uris)
    with Running(server, place) as running:

        def act() -> None:
            for flow in flows.values():
                job = {
                    "address": f"127.0.0.1:{running.port}", "connections": 1, "seconds": 60, "warm_up": 0, "turns": 2,
                    "lists": {"runs": [RUN]}, "flows": [flow], "first": TURN,
                }  # fmt: skip
                tools.bench_load("http", job)

        seen = texts_of_sqlite(running, place, act)
    if not seen:
        print(
            "what SQLite gets could not be read (needs gdb and a binary with symbols): not compared",
            file=sys.stderr,
        )
        return
    derived = set()
    for name in kept:
        for flow in statements.flows(name, "sqlite"):
            derived |= {one["sql"][0] for piece in flow["pieces"] for one in piece["statements"]}
    # SQLite gets a length; behind it the breakpoint may see some bytes of something else.
    seen = {
        next((text for text in derived if got.startswith(text) and len(got) < len(text) + 16), got)
        for got in seen
    }
    print(
        f"{len(derived)} texts were derived, of which SQLite got {len(derived & seen)} in the check.",
        file=sys.stderr,
    )
    print(
        "Others may have been prepared before it began. Compare them with what it got besides.",
        file=sys.stderr,
    )
    for mark, texts in (("derived", derived - seen), ("got", seen - derived)):
        for text in sorted(texts):
            print(f"  {mark}: {text[:600]}")


if __name__ == "__main__":
    main()
