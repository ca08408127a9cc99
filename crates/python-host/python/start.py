"""What a worker's Python is started with."""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_here]

from millgate_host import worker  # noqa: E402

# From here on as in `python -m uvicorn`, which `mlflow server` runs: the working directory comes first.
sys.path[:] = [os.getcwd(), *(each for each in sys.path if each not in ("", _here))]

if __name__ == "__main__":
    worker.main()
