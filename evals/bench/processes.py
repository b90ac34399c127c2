"""The processes a benchmark measures, and what they cost: started here, stopped here, by their ids."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True)
class Started:
    """A process that printed its ready line."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def cpu_seconds(self) -> float:
        """User and system CPU the process and its children have used so far."""
        return cpu_seconds(psutil.Process(self.process.pid))


@contextmanager
def started(arguments: Sequence[str], **environment: str) -> Iterator[Started]:
    """Run ``python arguments…`` until the block ends. It must print one JSON line when it is ready.

    Raises:
        RuntimeError: it ended before it was ready; its output is in the message.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                yield Started(process, json.loads(line))
                break
        else:
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.wait()} before it was ready")
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(process: psutil.Process) -> float:
    """User and system CPU of a process and its living children, in seconds."""
    used = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
    return used


def postgres_usage(data_dir: Path) -> Callable[[], float]:
    """A reader of the CPU seconds used by the embedded Postgres of a data folder.

    Backends come and go with connections; one that ended is counted with what it had used when last seen.
    """
    seen: dict[int, float] = {}

    def used() -> float:
        for pid_file in data_dir.glob("**/postmaster.pid"):
            with suppress(ValueError, psutil.NoSuchProcess):
                main = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
                for one in (main, *main.children()):
                    times = one.cpu_times()
                    seen[one.pid] = times.user + times.system
        return sum(seen.values())

    used()
    return used
