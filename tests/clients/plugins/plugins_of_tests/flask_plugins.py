"""Plugins that extend MLflow's Flask app, or are another WSGI app."""

import functools
import json
import os

from flask import Response, g, jsonify, request
from mlflow.server import app
from mlflow.server.handlers import _get_model_registry_store, _get_tracking_store


def hooks():
    """Uses everything that a plugin may: hooks, error handlers, rules of its own, replaced and wrapped view functions."""

    @app.before_request
    def before():
        user = request.headers.get("X-User")
        if user:
            g.mlflow_authenticated_user = user
        if request.headers.get("X-Refuse"):
            return Response("refused by the plugin", 418)
        if request.headers.get("X-Read-Body"):
            g.seen = request.get_json(silent=True)
        return None

    @app.after_request
    def after(response):
        response.headers["X-After"] = str(response.status_code)
        if request.headers.get("X-Change-Answer"):
            data = json.loads(response.get_data())
            data["changed_by"] = "the plugin"
            response.set_data(json.dumps(data))
        return response

    @app.teardown_request
    def teardown(error):
        pass

    class Teapot(Exception):
        pass

    @app.errorhandler(Teapot)
    def teapot(error):
        return Response("handled by the plugin", 419)

    @app.errorhandler(404)
    def not_found(error):
        return Response("not found by the plugin", 404)

    @app.route("/plugin/echo/<path:rest>", methods=["GET", "POST"])
    def echo(rest):
        return jsonify(
            rest=rest,
            method=request.method,
            query=request.args.to_dict(flat=False),
            body=request.get_data(as_text=True),
            headers=dict(request.headers),
            remote_addr=request.remote_addr,
            scheme=request.scheme,
            host=request.host,
            url=request.url,
            environ=sorted(key for key in request.environ if "MILLGATE" in key.upper()),
        )

    @app.route("/plugin/teapot")
    def raise_teapot():
        raise Teapot

    @app.route("/plugin/stores")
    def stores():
        import mlflow

        tracking, registry = _get_tracking_store(), _get_model_registry_store()
        name = request.args["name"]
        experiment_id = tracking.create_experiment(name, None, [])
        registry.create_registered_model(name)
        fluent = mlflow.MlflowClient().get_experiment(experiment_id).name
        return jsonify(
            experiment=tracking.get_experiment(experiment_id).name,
            model=registry.get_registered_model(name).name,
            fluent=fluent,
            again=_get_tracking_store() is tracking,
        )

    @app.route("/plugin/client")
    def client():
        import mlflow

        client = mlflow.MlflowClient()
        return jsonify(
            experiment=client.get_experiment("0").name,
            models=[each.name for each in client.search_registered_models()],
        )

    @app.route("/plugin/pid")
    def pid():
        return str(os.getpid())

    replaced = next(
        name for name, view in app.view_functions.items() if name.endswith("_get_experiment_by_name")
    )
    app.view_functions[replaced] = lambda: jsonify(replaced="by the plugin")
    wrapped = next(name for name in app.view_functions if name.endswith("_get_experiment"))
    inner = app.view_functions[wrapped]

    @functools.wraps(inner)
    def wrapper(*arguments, **options):
        response = app.make_response(inner(*arguments, **options))
        response.headers["X-Wrapped"] = "yes"
        return response

    app.view_functions[wrapped] = wrapper
    return app


@app.before_request
def only_with_the_flag():
    """Also of the object below: importing this module is all that it takes."""
    return None


flask_object = app


class _Wsgi:
    """An app that is nobody's but its own."""

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"wsgi ", environ["PATH_INFO"].encode("latin-1"), b" ", environ["wsgi.input"].read()]


wsgi = _Wsgi()
