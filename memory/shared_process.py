"""A server process that all processes of one data folder share: started by the first, stopped with the last.

Each server has a folder of its own under the data folder. ``memory.keeper`` explains the lock files in it and
does the watching; this side takes part in it: a user holds a shared lock on ``users`` from ``start`` to
``stop``, and whoever starts the server does so under the exclusive lock ``lock``. A process that ends without
calling ``stop``, or is killed, gives its lock back all the same.
"""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from memory import keeper
from schemas.errors import UnavailableError

_PROBE_SECONDS = 0.01
_LOG_LIMIT = 5_000_000  # bytes; a longer log starts anew with the server


@dataclass(frozen=True)
class Launch:
    """How to start the server, and what its users need to know to reach it (``info``, JSON values)."""

    command: Sequence[str]
    info: Mapping[str, str | int] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    user: tuple[int, int] | None = None
    """User and group id to run as; ``None`` means the caller's."""
    stop_signal: signal.Signals = signal.SIGTERM


class SharedProcess:
    """One server shared by the processes of a data folder.

    ``prepare`` is called with the server's folder when there is nothing running, under the exclusive lock, and
    says how to launch it; ``ready`` is asked with the launch's ``info`` until it says yes. Both run in a worker
    thread and may block.
    """

    def __init__(
        self,
        name: str,
        data_dir: Path,
        *,
        prepare: Callable[[Path], Launch],
        ready: Callable[[Mapping[str, str | int]], bool],
        timeout: float = 60.0,
    ) -> None:
        self._name = name
        self._folder = data_dir / name
        self._prepare = prepare
        self._ready = ready
        self._timeout = timeout
        self._users: int | None = None

    async def start(self) -> Mapping[str, str | int]:
        """Joins the server's users, starting it if need be; returns its ``info`` once it answers.

        Raises ``UnavailableError`` with what to do when it cannot be started.
        """
        return await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """Leaves the server's users; the last one waits until it has stopped. May be called twice."""
        await asyncio.to_thread(self._stop)

    def _start(self) -> Mapping[str, str | int]:
        if self._users is not None:
            raise RuntimeError(f"{self._name} was started already")
        deadline = time.monotonic() + self._timeout
        try:
            self._folder = self._folder.absolute()
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._folder.mkdir(exist_ok=True)
            lock = self._open("lock")
        except OSError as error:
            raise UnavailableError(
                f"The data folder {self._folder.parent} cannot be written ({error.strerror}). "
                "Set USO_DATA_DIR to a folder that this user may write."
            ) from error
        try:
            self._wait(lambda: _locked(lock, fcntl.LOCK_EX), deadline, "another process to finish starting it")
            users = self._open("users")
            try:
                self._wait(lambda: _locked(users, fcntl.LOCK_SH), deadline, "it to finish stopping")
                info = self._running_info()
                if info is None:
                    info = self._launch(deadline)
                self._wait(lambda: self._answers(info), deadline, "it to answer")
            except BaseException:
                os.close(users)
                raise
        except OSError as error:
            raise UnavailableError(
                f"{self._name} cannot be started in {self._folder}: {error}. Put that right, or set USO_DATA_DIR."
            ) from error
        finally:
            os.close(lock)
        self._users = users
        return info

    def _stop(self) -> None:
        if self._users is None:
            return
        lock = self._open("lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            last = _locked(self._users, fcntl.LOCK_EX)
            os.close(self._users)
            self._users = None
            if last:
                self._wait(lambda: not self._held("keeper"), time.monotonic() + self._timeout, "it to stop")
        finally:
            os.close(lock)

    def _running_info(self) -> Mapping[str, str | int] | None:
        if not self._held("keeper"):
            return None
        info: Mapping[str, str | int] = json.loads((self._folder / "info.json").read_text())
        return info

    def _launch(self, deadline: float) -> Mapping[str, str | int]:
        if self._held("alive"):  # its keeper was killed: nobody would stop or restart this server
            self._kill_left_over()
            self._wait(lambda: not self._held("alive"), deadline, "its predecessor to end")
        launch = self._prepare(self._folder)
        info_file = self._folder / "info.json"
        info_file.with_suffix(".new").write_text(json.dumps(dict(launch.info)))
        info_file.with_suffix(".new").replace(info_file)
        order = {
            "command": list(launch.command),
            "env": dict(launch.env),
            "user": launch.user,
            "stop_signal": int(launch.stop_signal),
        }
        log = self._folder / "log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.unlink()
        with log.open("ab") as out:
            subprocess.run(
                [sys.executable, "-I", "-S", keeper.__file__, str(self._folder), json.dumps(order)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                start_new_session=True,
                check=True,
            )
        return launch.info

    def _kill_left_over(self) -> None:
        pid = int((self._folder / "pid").read_text())
        with suppress(ProcessLookupError):
            if os.getsid(pid) == pid:  # a server leads its session; another process under its old number hardly does
                os.kill(pid, signal.SIGKILL)

    def _answers(self, info: Mapping[str, str | int]) -> bool:
        if self._ready(info):
            return True
        if not self._held("keeper"):
            raise UnavailableError(f"{self._name} does not start. Its log ends: {self._log_tail()}")
        return False

    def _log_tail(self) -> str:
        lines = (self._folder / "log").read_text(errors="replace").strip().splitlines()
        return " | ".join(lines[-5:]) or "(empty)"

    def _wait(self, done: Callable[[], bool], deadline: float, what: str) -> None:
        while not done():
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"{self._name} in {self._folder} is not available: waited {self._timeout:.0f} s for {what}. "
                    f"Its log is {self._folder / 'log'}."
                )
            time.sleep(_PROBE_SECONDS)

    def _open(self, name: str) -> int:
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)

    def _held(self, name: str) -> bool:
        """Whether another process holds the lock file ``name``."""
        probe = self._open(name)
        try:
            return not _locked(probe, fcntl.LOCK_SH)
        finally:
            os.close(probe)


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
