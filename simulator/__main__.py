"""``python -m simulator``: a city of partners on a port of this machine."""

import argparse

from simulator.server import serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="simulator", description="Partners to talk to, over real HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0 takes any free port (default: 8100)")
    parser.add_argument("--partners", type=int, default=40, choices=range(1, 5001), metavar="1-5000")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--behaviours", choices=("mixed", "accept"), default="mixed")
    parser.add_argument("--accept-delay", type=float, default=0.3, help="seconds until a partner answers an order")
    arguments = parser.parse_args()
    serve(**vars(arguments))


if __name__ == "__main__":
    main()
