"""The statements of the loads, as `capture.py` has recorded them."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "statements"


def file(name: str) -> Path:
    return FOLDER / f"{name}.json"


def flows(name: str, dialect: str) -> list[dict]:
    """The flow of a scenario for `bench-load sql`; the dialect is `sqlite` or `postgresql`."""
    recorded = json.loads(file(name).read_text())
    texts = [_text(text, dialect) for text in recorded["texts"]]
    pieces = []
    for piece in recorded["pieces"]:
        made = piece | {
            "statements": [{"sql": [texts[n]], "values": values} for n, values in piece["statements"]]
        }
        if dialect == "sqlite" and "begin" in made:
            made["begin"] = "BEGIN"
        pieces.append(made)
    return [{"name": recorded["flow"], "pieces": pieces}]


def _text(text: dict, dialect: str) -> str:
    """The text, with its rows where they were counted instead of written."""
    sql = text[dialect]
    if rows := text.get("rows"):
        width = text["columns"]
        mark = (lambda n: f"${n}") if dialect == "postgresql" else (lambda n: "?")
        made = ("(" + ", ".join(mark(row * width + n + 1) for n in range(width)) + ")" for row in range(rows))
        sql = sql.replace("{rows}", ", ".join(made))
    return sql
