"""Token-based authentication for an MLflow server: a plugin as MLflow documents it, without a word about the server it runs on.

Who may do anything sends `Authorization: Bearer TOKEN`. The administrator's token is the variable `MY_AUTH_ADMIN_TOKEN`; the
administrator makes users, each with a token of its own. Of a token its SHA-256 is kept, in the SQLite file that
`MY_AUTH_DATABASE` names (`my_auth.db` by default), which all worker processes share.
"""

from my_auth.client import MyAuthClient
from my_auth.server import create_app

__all__ = ["MyAuthClient", "create_app"]
