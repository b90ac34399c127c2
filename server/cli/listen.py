"""``uso serve`` and ``uso simulate``: commands that listen on a port until they are told to end."""

import errno
import socket
from contextlib import suppress
from pathlib import Path
from typing import Literal

from server.cli.ending import BAD_USAGE, CommandError, read_settings


def serve(*, host: str, port: int, workers: int, config: Path | None) -> int:
    """Serve the orchestrator; returns the exit code."""
    read_settings()
    _look_whether_free(host, port)
    from server.serve import serve as run

    return run(host=host, port=port, workers=workers, config=config)


def simulate(*, host: str, port: int, partners: int, seed: int, behaviours: Literal["mixed", "accept"]) -> int:
    """Serve simulated partners; returns the exit code."""
    _look_whether_free(host, port)
    from simulator.server import serve as run

    with suppress(KeyboardInterrupt):  # the way to end it
        run(host=host, port=port, partners=partners, seed=seed, behaviours=behaviours)
    return 0


def _look_whether_free(host: str, port: int) -> None:
    """Say at once what would otherwise be said after everything has been loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} of {host} is in use. Choose another with --port; 0 takes any free one."
            ) from error
        reason = (error.strerror or str(error)).partition(" (while")[0]
        raise CommandError(f"Cannot listen on port {port} of {host}: {reason}.", code=BAD_USAGE) from error
