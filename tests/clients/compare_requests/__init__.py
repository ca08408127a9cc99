"""The requests that `compare.py` sends, in order. `$name` stands for a value that an earlier answer gave.

Each group makes what it needs, so that a difference in one doesn't spread to the next.
"""

from collections.abc import Iterator

from .call import Call
from .experiments import (
    changing_experiments,
    creating_experiments,
    reading_experiments,
    searching_experiments,
    the_server,
)
from .run_search import searching_runs
from .runs import changing_runs, creating_runs, histories, inputs_and_outputs, logging, logging_batches
from .the_rest import artifacts, bodies, users
from .webhooks import webhooks

__all__ = ["Call", "all_calls"]


def all_calls() -> Iterator[Call]:
    yield from the_server()
    yield from creating_experiments()
    yield from reading_experiments()
    yield from changing_experiments()
    yield from searching_experiments()
    yield from creating_runs()
    yield from changing_runs()
    yield from logging()
    yield from logging_batches()
    yield from histories()
    yield from inputs_and_outputs()
    yield from searching_runs()
    yield from bodies()
    yield from artifacts()
    yield from users()
    yield from webhooks()
