"""Plugins of MLflow's kind for the tests: some as they should be, and one for each way to be none."""
