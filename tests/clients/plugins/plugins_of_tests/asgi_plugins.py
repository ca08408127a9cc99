"""An ASGI app of no framework."""

_state = {"started": False}


async def _app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        _state["started"] = True
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    size = 0
    more = True
    while more:
        message = await receive()
        size += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    text = f"asgi {scope['path']} {size} {_state['started']} {scope['client'][0]}"
    await send({"type": "http.response.body", "body": text.encode()})


class _Asgi:
    def __call__(self, scope, receive, send):
        return _app(scope, receive, send)


asgi = _Asgi()
