"""Bodies of any shape, artifacts, users."""

from collections.abc import Iterator
from typing import Any

from .call import AJAX, API, PROXY, UNKNOWN, Call, a_run, an_experiment, get, post, raw


def bodies() -> Iterator[Call]:
    """What holds of every request with a body, on one of them."""
    create, name = "experiments/create", '{"name": "body"}'
    yield raw(create, name, None)
    yield raw(create, name, "text/plain")
    yield raw(create, name, "application/x-www-form-urlencoded")
    yield raw(create, '{"name": "charset"}', "application/json; charset=utf-8")
    yield raw(create, '{"name": "upper"}', "APPLICATION/JSON")
    yield raw(create, '{"name": "vendor"}', "application/vnd.api+json")
    yield raw(create, "")
    yield raw(create, " ")
    yield raw(create, "null")
    yield raw(create, "[]")
    yield raw(create, "5")
    yield raw(create, '"name"')
    yield raw(create, "{")
    yield raw(create, '{"name": "trailing",}')
    yield raw(create, '{"name": "more"} more')
    yield raw(create, '{"name": "key twice", "name": "second"}')
    yield raw(create, b'{"name": "latin \xe9"}')
    yield raw(create, b'\xef\xbb\xbf{"name": "byte order mark"}')
    yield raw(create, '{"name": "\\ud800"}')
    yield raw(create, '"{\\"name\\": \\"json in json\\"}"')
    yield raw(create, '{"tags": ' + "[" * 2000 + "]" * 2000 + ', "name": "deep"}')
    yield raw(create, '{"name": "comment" /* no */}')
    yield raw("runs/log-metric", '{"run_id": "x", "key": "k", "value": NaN, "timestamp": 1}')
    yield raw("runs/log-metric", '{"run_id": "x", "key": "k", "value": 1e999, "timestamp": 1}')
    yield raw("runs/search", "{}", "text/plain")
    yield Call("POST", f"{API}/experiments/search", query={"max_results": "1"})


def artifacts() -> Iterator[Call]:
    shown = ("Content-Type", "Content-Disposition", "X-Content-Type-Options")
    yield an_experiment("artifacts", "box")
    yield a_run("owner", "$box")
    root = f"{PROXY}/$box/$owner/artifacts"
    for name, content in (
        ("a.txt", b"text"),
        ("b.html", b"<b>bold</b>"),
        ("c.json", b"{}"),
        ("d", b"no suffix"),
        ("e.bin", b"\x00\x01"),
        ("f.svg", b"<svg/>"),
        ("g.png", b"\x89PNG"),
        ("empty.txt", b""),
        ("deep/er/file.csv", b"a,b"),
        ("na%C3%AFve%20%F0%9F%8C%B1.txt", b"unicode"),
        ("100%25.txt", b"percent"),
    ):
        yield Call("PUT", f"{root}/{name}", raw=content)
        yield Call("GET", f"{root}/{name}", show=shown)
        yield get("/get-artifact", {"run_id": "$owner", "path": name}, show=shown)
    yield Call("HEAD", f"{root}/a.txt")
    yield Call("GET", f"{root}/a.txt", headers={"Range": "bytes=1-2"}, show=("Content-Range",))
    yield Call("GET", f"{root}/nothing.txt")
    yield Call("GET", f"{root}/deep")
    yield Call("GET", f"{root}/deep/")
    yield Call("PUT", f"{root}/a.txt/below", raw=b"x")
    yield Call("PUT", f"{root}/deep", raw=b"x")
    yield Call("PUT", f"{root}/", raw=b"x")
    listing = "artifacts/list"
    for query in (
        {},
        {"path": ""},
        {"path": "."},
        {"path": "deep"},
        {"path": "deep/"},
        {"path": "deep/er"},
        {"path": "a.txt"},
        {"path": "nothing"},
        {"path": ".."},
        {"path": "../.."},
        {"path": "/etc"},
        {"path": "deep/../.."},
        {"path": "%2e%2e"},
        {"path": "%252e%252e"},
        {"path": "a\\b"},
        {"path": "..\\.."},
        {"path": "a#b"},
        {"path": "a?b"},
        {"path": "file:///etc"},
        {"path": "C:/x"},
        {"page_token": "x"},
    ):
        yield get(listing, {"run_id": "$owner", **query})
        if "path" in query:
            yield get("/get-artifact", {"run_id": "$owner", **query})
            yield get(PROXY, {**query, "path": "$box/$owner/artifacts/" + query["path"]})
    yield get(listing)
    yield get(listing, {"run_uuid": "$owner"})
    yield get(listing, {"run_id": UNKNOWN})
    yield get("/get-artifact")
    yield get("/get-artifact", {"run_id": "$owner"})
    yield get("/get-artifact", {"path": "a.txt"})
    yield get("/get-artifact", {"run_uuid": "$owner", "path": "a.txt"})
    yield get("/get-artifact", {"run_id": UNKNOWN, "path": "a.txt"})
    yield get(PROXY)
    yield get(PROXY, {"path": ""})
    yield get(PROXY, {"path": "$box"})
    yield get(PROXY, {"path": "$box/nothing"})
    yield get(PROXY, {"path": "../"})
    yield get(PROXY, {"path": "/etc"})
    upload = f"{AJAX}/upload-artifact"
    yield Call("POST", upload, query={"run_uuid": "$owner", "path": "up/loaded.txt"}, raw=b"loaded")
    yield Call("POST", upload, query={"run_id": "$owner", "path": "x.txt"}, raw=b"loaded")
    yield Call("POST", upload, query={"run_uuid": "$owner"}, raw=b"loaded")
    yield Call("POST", upload, query={"run_uuid": "$owner", "path": ""}, raw=b"loaded")
    yield Call("POST", upload, query={"run_uuid": "$owner", "path": "../x"}, raw=b"loaded")
    yield Call("POST", upload, query={"run_uuid": "$owner", "path": "empty"}, raw=b"")
    yield Call("POST", upload, query={"run_uuid": UNKNOWN, "path": "x"}, raw=b"loaded")
    yield Call("POST", upload, query={"run_uuid": "$owner", "path": "big"}, raw=b"x" * (10 * 1024 * 1024 + 1))
    yield get(listing, {"run_id": "$owner", "path": "up"})
    for name in ("a.txt", "a.txt", "deep", "nothing/here", "%2e%2e/x", "%252e%252e/x"):
        yield Call("DELETE", f"{root}/{name}")
    yield get(listing, {"run_id": "$owner"})


def users() -> Iterator[Call]:
    long_enough = "a long enough password"

    def patch(path: str, body: Any) -> Call:
        return Call("PATCH", f"{API}/users/{path}", body)

    for body in (
        {"username": "una", "password": long_enough},
        {"username": "una", "password": long_enough},
        {"username": "UNA", "password": long_enough},
        {"username": "short", "password": "elevenchars"},
        {"username": "twelve", "password": "twelve chars"},
        {"username": "", "password": long_enough},
        {"username": "x", "password": ""},
        {"username": "x"},
        {"password": long_enough},
        {},
        {"username": 5, "password": long_enough},
        {"username": "x", "password": 123456789012},
        {"username": None, "password": long_enough},
        {"username": "with:colon", "password": long_enough},
        {"username": "Zoë 🧪", "password": "пароль пароль"},
        {"username": "u" * 256, "password": long_enough},
        {"username": " una ", "password": long_enough},
    ):
        yield post("users/create", body)
    yield raw("users/create", '{"username": "x", "password": "long enough 12"}', "text/plain")
    for query in ({"username": "una"}, {"username": "nobody"}, {"username": ""}, {}):
        yield get("users/get", query)
    yield get("users/current")
    yield get(f"{AJAX}/users/current")
    yield get("users/list")
    for body in (
        {"username": "una", "password": "another password"},
        {"username": "una", "password": "short"},
        {"username": "una", "password": ""},
        {"username": "una"},
        {"username": "nobody", "password": long_enough},
        {"password": long_enough},
        {"username": "admin", "password": long_enough},
        {"username": "admin", "password": long_enough, "current_password": "wrong"},
    ):
        yield patch("update-password", body)
    for body in (
        {"username": "una", "is_admin": True},
        {"username": "una", "is_admin": "false"},
        {"username": "una", "is_admin": False},
        {"username": "una", "is_admin": 1},
        {"username": "una", "is_admin": None},
        {"username": "una"},
        {"username": "nobody", "is_admin": True},
        {"is_admin": True},
    ):
        yield patch("update-admin", body)
        yield get("users/get", {"username": "una"})
    for body in ({"username": "una"}, {"username": "una"}, {"username": "admin"}, {"username": ""}, {}):
        yield Call("DELETE", f"{API}/users/delete", body)
    yield get("users/list")
