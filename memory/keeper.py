"""Keeps one server process running for as long as any process of its data folder uses it.

This file is a program of its own (standard library only, started by ``memory.shared_process``), because
no user of a server can be trusted to clean up after it: users are killed without notice. The kernel frees a
dead process's file locks, so locks say who is there:

- every user holds a shared lock on ``users``; whoever gets it exclusively knows that nobody is left;
- the keeper holds ``keeper`` for as long as it watches;
- the server and everything it forks hold ``alive``, inherited as an open file, so that a successor starts
  only after the last straggler of a killed predecessor is gone.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_STEADY_SECONDS = 10.0  # a server that lived this long has recovered from earlier crashes
_MOST_CRASHES = 6
_STOP_SECONDS = 30.0


class Keeper:
    """Starts the server, starts it again when it crashes, stops it when the last user has gone."""

    def __init__(self, folder: Path, launch: dict[str, Any]) -> None:
        self._folder = folder
        self._launch = launch
        self._unused = False
        self._server: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Returns when the server was stopped for want of users, or cannot be kept running."""
        threading.Thread(target=self._stop_when_unused, daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: self._stop())
        crashes = 0
        while crashes < _MOST_CRASHES:
            started = time.monotonic()
            self._server = self._spawn()
            if self._unused:  # the last user left while it was starting
                self._stop()
            status = self._server.wait()
            if self._unused:
                return
            lived = time.monotonic() - started
            if crashes == 0 and lived < 1.0 and status > 0:
                return  # it gave up by itself: its log says why, and trying again would only delay the message
            crashes = 1 if lived > _STEADY_SECONDS else crashes + 1
            time.sleep(min(0.05 * 2**crashes, 2.0))
        sys.stderr.write(f"given up after {crashes} crashes in a row\n")

    def _spawn(self) -> subprocess.Popen[bytes]:
        alive = os.open(self._folder / "alive", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(alive, fcntl.LOCK_EX)
            user = self._launch["user"]
            server = subprocess.Popen(
                self._launch["command"],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self._launch["env"]},
                pass_fds=(alive,),
                start_new_session=True,
                user=user and user[0],
                group=user and user[1],
                extra_groups=user and [],
            )
        finally:
            os.close(alive)
        (self._folder / "pid").write_text(str(server.pid))
        return server

    def _stop_when_unused(self) -> None:
        users = os.open(self._folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_EX)
        self._stop()

    def _stop(self) -> None:
        self._unused = True
        if self._server is not None:
            self._server.send_signal(self._launch["stop_signal"])
            threading.Timer(_STOP_SECONDS, self._server.kill).start()


def main() -> None:
    """``keeper.py FOLDER LAUNCH-AS-JSON``: returns at once and leaves the keeper in the background."""
    folder, launch = Path(sys.argv[1]), json.loads(sys.argv[2])
    mark = os.open(folder / "keeper", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if os.fork():
        os._exit(0)
    os.setsid()
    Keeper(folder, launch).run()
    os._exit(0)


if __name__ == "__main__":
    main()
