"""Webhooks, whose URLs lead to public addresses and are never called."""

from collections.abc import Iterator
from typing import Any

from .call import API, UNKNOWN, Call, get, post

URL = "https://8.8.8.8/hook"
CREATED = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
TAGGED = {"entity": "MODEL_VERSION_TAG", "action": "SET"}


def a_webhook(**fields) -> dict[str, Any]:
    return {"name": "hook", "url": URL, "events": [CREATED], **fields}


def webhooks() -> Iterator[Call]:
    saved = {"hook": "webhook.webhook_id"}
    yield get("webhooks")
    yield post("webhooks", a_webhook(), save=saved)
    yield post(
        "webhooks",
        a_webhook(
            name="Full-1_2.x", description="d", secret="s", status="DISABLED", events=[TAGGED, CREATED]
        ),
    )
    for fields in (
        {"status": "ACTIVE"},
        {"status": 2},
        {"status": "PAUSED"},
        {"status": 9},
        {"name": ""},
        {"name": None},
        {"name": "a b"},
        {"name": "-a"},
        {"name": "a" * 63},
        {"name": "a" * 64},
        {"name": 5},
        {"name": "größe"},
        {"description": ""},
        {"description": 5},
        {"secret": ""},
        {"secret": 5},
        {"url": ""},
        {"url": " "},
        {"url": None},
        {"url": "x"},
        {"url": "http://8.8.8.8/"},
        {"url": "ftp://8.8.8.8/"},
        {"url": "HTTPS://8.8.8.8:8443/a?b#c"},
        {"url": "https://user:word@8.8.8.8/"},
        {"url": "https://"},
        {"url": "https:///path"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://10.1.2.3/"},
        {"url": "https://[::1]/"},
        {"url": "https://[::ffff:10.0.0.1]/"},
        {"url": "https://169.254.169.254/latest"},
        {"url": "https://localhost/"},
        {"url": "https://2130706433/"},
        {"url": "https://224.0.0.1/"},
        {"url": "https://[64:ff9b::8.8.8.8]/"},
        {"url": "https://[64:ff9b::10.0.0.1]/"},
        {"events": []},
        {"events": None},
        {"events": "x"},
        {"events": [{"entity": 1, "action": 1}]},
        {"events": [{"entity": "MODEL_VERSION", "action": "SET"}]},
        {"events": [{"entity": "BUDGET_POLICY", "action": "EXCEEDED"}]},
        {"events": [{"entity": "registered_model", "action": "created"}]},
        {"events": [{"entity": "TRACE", "action": "CREATED"}]},
        {"events": [{"entity": "MODEL_VERSION"}]},
        {"events": [{}]},
    ):
        yield post("webhooks", a_webhook(**fields))
    yield get("webhooks/$hook")
    yield get(f"webhooks/{UNKNOWN}")
    for query in (
        {"max_results": "0"},
        {"max_results": "-1"},
        {"max_results": "1001"},
        {"max_results": "x"},
        {"page_token": "x"},
    ):
        yield get("webhooks", query)
    for body in (
        {},
        {"name": "renamed"},
        {"name": ""},
        {"name": "a b"},
        {"description": "described"},
        {"description": ""},
        {"url": "https://8.8.4.4/"},
        {"url": "http://8.8.4.4/"},
        {"url": ""},
        {"events": [TAGGED]},
        {"events": []},
        {"events": [{"entity": "PROMPT", "action": "SET"}]},
        {"secret": "another"},
        {"secret": ""},
        {"status": "DISABLED"},
        {"webhook_id": UNKNOWN},
    ):
        yield Call("PATCH", f"{API}/webhooks/$hook", body)
    yield Call("PATCH", f"{API}/webhooks/{UNKNOWN}", {"name": "x"})
    yield post("webhooks/$hook/test", {"event": {"entity": "PROMPT", "action": "SET"}})
    yield post(f"webhooks/{UNKNOWN}/test")
    yield Call("DELETE", f"{API}/webhooks/$hook")
    yield Call("DELETE", f"{API}/webhooks/$hook")
    yield get("webhooks/$hook")
    yield Call("DELETE", f"{API}/webhooks/")
    yield Call("PUT", f"{API}/webhooks/$hook", {})
