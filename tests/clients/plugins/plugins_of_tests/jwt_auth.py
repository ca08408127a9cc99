"""Functions for `authorization_function`: the contract of MLflow's sample that checks a JWT, and some that keep none."""

import ctypes
import os
import time

import jwt
from flask import Response, make_response, redirect, request
from werkzeug.datastructures import Authorization

SECRET = "a secret of the tests, long enough for HS256"


def authenticate_request():
    """Whoever sends a JWT of ours is whom its `username` says."""
    refusal = make_response("Send a JWT as Authorization: Bearer TOKEN.")
    refusal.status_code = 401
    refusal.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return refusal
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return refusal
    return Authorization(auth_type="jwt", data=claims)


def as_told():
    """Does as the header X-Do says."""
    do, _, value = request.headers.get("X-Do", "").partition(" ")
    if do == "user":
        return Authorization("any", {"username": value})
    if do == "see":
        seen = [request.method, request.path, request.query_string.decode(), request.remote_addr]
        return Response(repr([*seen, request.headers.get("X-Own"), len(request.get_data())]), 200)
    if do == "redirect":
        response = redirect("https://login.example/?from=" + request.path, 302)
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        return response
    if do == "raise":
        raise RuntimeError("in the function")
    if do == "hang":
        time.sleep(3600)
    if do == "hog":
        ctypes.PyDLL(None).sleep(3600)
    if do == "die":
        os._exit(5)
    return {
        "none": None,
        "text": "alice",
        "tuple": ("alice", 200),
        "nameless": Authorization("any", {}),
        "number": Authorization("any", {"username": 7}),
        "large": Response(b"x" * 2_000_000, 401),
        "split": Response("x", 401),
    }.get(do, Response("no", 401))
