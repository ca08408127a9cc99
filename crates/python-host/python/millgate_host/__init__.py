"""A worker of Millgate's: runs a Python app that extends MLflow's server, and leaves to Millgate's core what the app leaves to
MLflow.

It needs nothing but the standard library and what the app's environment has anyway, which is MLflow 2.22 or later. Modules that
need MLflow are imported when it is known that a worker needs them.
"""
