"""``uso bench overhead``: what the server itself costs a turn, on a graph that does nothing.

The whole service is there: HTTP, ownership, leases, the persisted checkpoint, the replayable event log.
"""

import tempfile
import uuid
from pathlib import Path
from typing import Any

from evals.bench.figures import figures
from evals.bench.load import Turn, User, drive
from evals.bench.processes import postgres_usage, started

_CONFIG = Path(__file__).with_name("five_nodes.json")


async def overhead(*, seconds: float = 8.0, users: tuple[int, ...] = (1, 8)) -> dict[str, Any]:
    """Turns a second and CPU a turn of one server process at each number of users."""
    with tempfile.TemporaryDirectory(prefix="uso-bench-") as folder:
        arguments = ["-m", "server", "--port", "0", "--config", str(_CONFIG)]
        with started(arguments, USO_DATA_DIR=folder, USO_SIMULATOR="false", USO_LOG_LEVEL="warning") as server:
            url = server.ready["url"]
            await drive(url, 4, 1.0, _say)
            rows = {}
            for count in users:
                usage = postgres_usage(Path(folder))
                before, stored = server.cpu_seconds(), usage()
                load = await drive(url, count, seconds, _say)
                cpu = {"server": server.cpu_seconds() - before, "postgres": usage() - stored}
                rows[str(count)] = figures(load, cpu)
    return {"benchmark": "overhead", "graph": "five nodes that do nothing", "users": rows}


async def _say(user: User, number: int) -> Turn:
    turn = await user.chat({"message": "hello", "thread_id": f"bench-{uuid.uuid4().hex}", "graph": "five_nodes"})
    if turn.last["type"] != "RUN_FINISHED":
        raise RuntimeError(str(turn.last))
    return turn
