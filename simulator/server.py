"""Running the simulator on a port."""

import json
import socket
import sys
from typing import Literal

import uvicorn

from simulator.app import create_app


def serve(
    host: str = "127.0.0.1",
    port: int = 8100,
    *,
    seed: int = 7,
    partners: int = 40,
    behaviours: Literal["mixed", "accept"] = "mixed",
    accept_delay: float = 0.3,
) -> None:
    """Serve until stopped by a signal. Port 0 takes any free one.

    Prints one line of JSON when connections are taken: ``{"event": "ready", "url", "port", "partners", "seed"}``.

    Raises:
        OSError: the port is in use.
    """
    app = create_app(seed=seed, partners=partners, behaviours=behaviours, accept_delay=accept_delay)
    with socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
    ) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it for its own listeners only
        bound = int(listener.getsockname()[1])
        shown = f"[{host}]" if ":" in host else host
        ready = {"event": "ready", "url": f"http://{shown}:{bound}", "port": bound, "partners": partners, "seed": seed}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        uvicorn.Server(config).run(sockets=[listener])
