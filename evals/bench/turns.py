"""``uso bench turns``: from a sentence to a proposal, without a model, partners answering at once.

One server process; Postgres, Valkey, the simulator and the load generator share the machine's cores.
"""

import tempfile
import uuid
from pathlib import Path
from typing import Any

from evals.bench.figures import figures
from evals.bench.load import Turn, User, drive
from evals.bench.processes import postgres_usage, started

SENTENCE = "Surprise my wife on Saturday: flowers delivered by 5 pm, dinner for two at 7 and a ride home, under $250"


async def turns(*, seconds: float = 10.0, users: tuple[int, ...] = (1, 32)) -> dict[str, Any]:
    """Turns a second, latency, time to the first event and CPU a turn, at each number of users."""
    simulator = ["-m", "simulator", "--port", "0", "--behaviours", "accept"]
    with tempfile.TemporaryDirectory(prefix="uso-bench-") as folder, started(simulator) as partners:
        environment = {
            "USO_DATA_DIR": folder,
            "USO_SIMULATOR_URL": partners.ready["url"],
            "USO_LOG_LEVEL": "warning",
        }
        with started(["-m", "server", "--port", "0"], **environment) as server:
            url = server.ready["url"]
            await drive(url, 4, 2.0, _propose)
            rows = {}
            for count in users:
                usage = postgres_usage(Path(folder))
                before, asked, stored = server.cpu_seconds(), partners.cpu_seconds(), usage()
                load = await drive(url, count, seconds, _propose)
                cpu = {
                    "server": server.cpu_seconds() - before,
                    "simulator": partners.cpu_seconds() - asked,
                    "postgres": usage() - stored,
                }
                rows[str(count)] = figures(load, cpu)
    return {"benchmark": "turns", "sentence": SENTENCE, "users": rows}


async def _propose(user: User, number: int) -> Turn:
    turn = await user.chat({"message": SENTENCE, "thread_id": f"bench-{uuid.uuid4().hex}"})
    outcome = turn.last.get("outcome") or {}
    if outcome.get("type") != "interrupt" or outcome["interrupts"][0]["reason"] != "approval":
        raise RuntimeError(f"no proposal: {turn.last}")
    return turn
