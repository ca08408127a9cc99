#!/usr/bin/env python3
"""Sends the same requests to the Python MLflow server and to Millgate, and prints where their answers differ.

A tool for those who build Millgate, not a test: many differences are meant. Run it inside the environment of the
newest client (`scripts/test` makes it), which has the Python server:

    python=.test/venvs/3.17.2/bin/python
    $python tests/clients/compare.py                                     # both servers
    $python tests/clients/compare.py --only python --record python.json  # keep what Python answers,
    $python tests/clients/compare.py --against python.json               # so that later only Millgate is asked
    $python tests/clients/compare.py --match runs/search --show          # one path, equal answers too

Both start empty, with the same administrator, and get the requests of `compare_requests` one after another. Before
they are compared, answers are normalised: a generated id becomes the number of the request that first showed it (so
that what one server refuses doesn't shift what follows), times of the last hour become `<now>`, page tokens and
generated run names a mark; params and tags are sorted by key. What Python adds to errors (`sqlstate`, `error_class`,
SQL statements) is left out. `MILLGATE_SERVER_CMD` says how Millgate is started, `--python` the other server.
"""

import argparse
import json
import pathlib
import re
import shlex
import string
import sys
import tempfile
import time
from typing import Any

import requests

from compare_requests import Call, all_calls
from serving import ADMIN, ADMIN_PASSWORD, server_command, serving

ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A set as Python prints it: in another order each time.
PYTHON_SET = re.compile(r"\{('[^']*'(?:, '[^']*')*)\}")
# The number of an experiment, where a text names one.
EXPERIMENT_IN_TEXT = re.compile(r"((?:mlflow-artifacts:/|[Ee]xperiment (?:with )?(?:id[= ])?))(\d+)")
GENERATED_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,4}")
HOUR_MS = 3_600_000
LONG = 400


def main() -> int:
    options = parse_options()
    calls = list(all_calls())
    sides: dict[str, list[dict]] = {}
    if options.against:
        sides["python"] = json.loads(options.against.read_text())
    elif options.only != "millgate":
        sides["python"] = answers_of(shlex.split(options.python), calls)
    if options.only != "python":
        sides["millgate"] = answers_of(server_command(), calls)
    if options.record:
        options.record.write_text(json.dumps(next(iter(sides.values())), indent=1, ensure_ascii=False) + "\n")
    if len(sides) == 2:
        return print_differences(calls, sides["python"], sides["millgate"], options)
    for side, answers in sides.items():
        print_answers(calls, answers, options)
        print(f"{len(answers)} answers of {side}")
    return 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=f"{shlex.quote(sys.executable)} -m mlflow server")
    parser.add_argument("--only", choices=["python", "millgate"], help="ask one server and compare nothing")
    parser.add_argument("--against", type=pathlib.Path, help="what Python answered, as --record wrote it")
    parser.add_argument(
        "--record", type=pathlib.Path, help="write the answers (Python's where both were asked)"
    )
    parser.add_argument("--match", default="", help="print only requests whose path has this text")
    parser.add_argument("--show", action="store_true", help="print equal answers too")
    parser.add_argument("--no-messages", action="store_true", help="don't compare the words of errors")
    return parser.parse_args()


def answers_of(command: list[str], calls: list[Call]) -> list[dict]:
    with tempfile.TemporaryDirectory(prefix="millgate-compare-") as folder:
        with serving(pathlib.Path(folder), command=command) as server, requests.Session() as session:
            side = Side(session, server.url, folder)
            return [side.ask(number, call) for number, call in enumerate(calls)]


class Side:
    """One server, and what its answers have given so far."""

    def __init__(self, session: requests.Session, url: str, folder: str):
        self.session, self.url, self.folder = session, url, folder
        self.saved: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.number = 0

    def ask(self, number: int, call: Call) -> dict:
        self.number = number
        data = call.raw
        if data is not None and b"$" in data:
            data = self.fill(data.decode()).encode()
        headers = dict(call.headers)
        if call.body is not None:
            data, headers["Content-Type"] = json.dumps(self.fill(call.body)).encode(), "application/json"
        request = requests.Request(
            call.method,
            self.url,
            params=self.fill(call.query),
            data=data,
            headers=headers,
            auth=None if call.anonymous else (ADMIN, ADMIN_PASSWORD),
        ).prepare()
        # Set afterwards, because `requests` would tidy the path.
        query = request.url.partition("?")[2]
        request.url = self.url + self.fill(call.path) + (f"?{query}" if query else "")
        try:
            answer = self.session.send(request, timeout=120, allow_redirects=False)
        except requests.RequestException as error:
            return {"status": type(error).__name__, "body": None}
        self.save(call, answer)
        seen = {"status": answer.status_code, "body": self.normal_body(answer)}
        if call.show:
            seen["headers"] = {name: answer.headers.get(name) for name in call.show}
        return seen

    def fill(self, value: Any) -> Any:
        """`value` with every `$name` in its texts replaced by what was saved under it."""
        if isinstance(value, str):
            return Names(value).safe_substitute(self.saved)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.fill(item) for item in value)
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        return value

    def save(self, call: Call, answer: requests.Response) -> None:
        for name, path in call.save.items():
            try:
                value = answer.json()
                for step in path.split("."):
                    value = value[step]
                self.saved[name] = value
            except (ValueError, KeyError, TypeError):
                self.saved[name] = f"missing-{name.replace(' ', '-')}"

    def normal_body(self, answer: requests.Response) -> Any:
        try:
            return self.normal(answer.json())
        except ValueError:
            pass
        content_type = answer.headers.get("Content-Type", "").partition(";")[0]
        if answer.content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
            return f"a page ({content_type})"
        return self.normal(answer.text)

    def normal(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {
                key: self.normal(item, key)
                for key, item in value.items()
                if key not in ("sqlstate", "error_class")
            }
        if isinstance(value, list):
            items = [self.normal(item) for item in value]
            # In a run, metrics stand once each and in no order; in a history, the order is part of the answer.
            keys = [item["key"] for item in items if isinstance(item, dict) and "key" in item]
            unordered = name in ("tags", "params") or (name == "metrics" and len(set(keys)) == len(items))
            return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if unordered else items
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and abs(value - time.time() * 1000) < HOUR_MS:
            return "<now>"
        if not isinstance(value, str):
            return value
        if name == "next_page_token":
            return "<token>"
        if GENERATED_NAME.fullmatch(value):
            return "<a generated name>"
        if name == "experiment_id" and value != "0":
            return self.first_shown(value)
        value = value.replace(self.url, "<server>").replace(self.folder, "<folder>")
        value = value.partition(" Error: (sqlite3.")[0].partition("\n[SQL:")[0]
        value = PYTHON_SET.sub(lambda found: "{" + ", ".join(sorted(found[1].split(", "))) + "}", value)
        value = ID.sub(lambda found: self.first_shown(found[0]), value)
        return EXPERIMENT_IN_TEXT.sub(lambda found: found[1] + self.ids.get(found[2], found[2]), value)

    def first_shown(self, generated: str) -> str:
        if generated not in self.ids:
            same_request = sum(mark.startswith(f"<id of #{self.number}.") for mark in self.ids.values())
            self.ids[generated] = f"<id of #{self.number}.{same_request}>"
        return self.ids[generated]


class Names(string.Template):
    """`$name`, or `${a name}` where it has spaces or more name would follow."""

    braceidpattern = r"[a-z0-9 ]+"


def print_differences(calls: list[Call], python: list[dict], millgate: list[dict], options) -> int:
    if len(python) != len(calls):
        sys.exit(f"the record holds {len(python)} answers, but there are {len(calls)} requests: record anew")
    counts = dict.fromkeys(["equal", "status", "code", "body", "headers", "message"], 0)
    for number, (call, theirs, ours) in enumerate(zip(calls, python, millgate, strict=True)):
        kind = difference(theirs, ours)
        if kind == "message" and options.no_messages:
            kind = "equal"
        counts[kind] += 1
        if options.match not in call.path or (kind == "equal" and not options.show):
            continue
        print(f"#{number} {kind}: {describe(call)}")
        print(f"    python   {brief(theirs)}")
        print(f"    millgate {brief(ours)}")
    print(", ".join(f"{kind} {count}" for kind, count in counts.items()) + f", of {len(calls)} requests")
    return 0 if counts["equal"] == len(calls) else 1


def difference(theirs: dict, ours: dict) -> str:
    if theirs == ours:
        return "equal"
    if theirs["status"] != ours["status"]:
        return "status"
    bodies = theirs["body"], ours["body"]
    if all(isinstance(body, dict) and "error_code" in body for body in bodies):
        if bodies[0]["error_code"] != bodies[1]["error_code"]:
            return "code"
        if bodies[0] != bodies[1]:
            return "message"
    return "body" if bodies[0] != bodies[1] else "headers"


def print_answers(calls: list[Call], answers: list[dict], options) -> None:
    for number, (call, answer) in enumerate(zip(calls, answers, strict=True)):
        if options.match in call.path:
            print(f"#{number} {describe(call)}\n    {brief(answer)}")


def describe(call: Call) -> str:
    parts = [call.method, call.path]
    if call.query is not None:
        parts.append(f"query {shorten(json.dumps(call.query, ensure_ascii=False))}")
    if call.body is not None:
        parts.append(shorten(json.dumps(call.body, ensure_ascii=False)))
    if call.raw is not None:
        parts.append(shorten(repr(call.raw)))
    if call.headers:
        parts.append(str(call.headers))
    if call.anonymous:
        parts.append("without credentials")
    return " ".join(parts)


def brief(answer: dict) -> str:
    text = json.dumps(answer["body"], ensure_ascii=False) + (
        f" {answer['headers']}" if "headers" in answer else ""
    )
    return f"{answer['status']} {shorten(text)}"


def shorten(text: str) -> str:
    return (
        text if len(text) <= LONG else f"{text[: LONG // 2]} … {text[-LONG // 2 :]} ({len(text)} characters)"
    )


if __name__ == "__main__":
    sys.exit(main())
