"""``python -m server``: the server alone, for supervisors and tests; people use ``uso serve``."""

import argparse
import sys
from pathlib import Path

from server.serve import serve


def main() -> int:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(prog="python -m server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes any free one")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--config", type=Path, help="another langgraph.json")
    parser.add_argument("--fd", type=int, help="a listening socket to use instead of host and port")
    return serve(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
