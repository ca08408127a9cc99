"""A FastAPI app around MLflow's own, as MLflow's basic-auth makes one."""

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse
from mlflow.server import app
from mlflow.server.fastapi_app import create_fastapi_app


def create_app():
    fastapi_app = create_fastapi_app(app)

    @fastapi_app.middleware("http")
    async def guard(request: Request, call_next):
        user = request.headers.get("X-User")
        if user is None and request.url.path != "/health":
            return PlainTextResponse("who are you?", 401)
        request.state.username = user
        if request.url.path == "/plugin/hello":
            return JSONResponse({"hello": user})
        response = await call_next(request)
        response.headers["X-Guarded"] = "yes"
        return response

    @app.after_request
    def flask_hook(response):
        response.headers["X-Flask-Hook"] = "yes"
        return response

    return fastapi_app
