"""Several server processes: kept alive together, ended together."""

import asyncio
import os
import signal
import socket
import sys

from server.supervisor import supervise

_WORKER = """
import os, signal, socket, sys
os.fstat(int(sys.argv[2]))  # the shared socket is there
teller = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def end(*_):
    teller.sendall(b"ended %d\\n" % os.getpid())
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
teller.sendall(b"begun %d\\n" % os.getpid())
while True:
    signal.pause()
"""


async def test_a_process_that_dies_is_replaced_and_all_end_together() -> None:
    told: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            what, pid = line.decode().split()
            told.put_nowait((what, int(pid)))
        writer.close()

    async def process(what: str) -> int:
        heard, pid = await asyncio.wait_for(told.get(), 10)
        assert heard == what
        return pid

    ending = asyncio.Event()
    async with await asyncio.start_server(hear, "127.0.0.1", 0) as ear:
        with socket.create_server(("127.0.0.1", 0)) as shared:
            port = ear.sockets[0].getsockname()[1]
            command = [sys.executable, "-S", "-c", _WORKER, str(port), str(shared.fileno())]
            task = asyncio.create_task(supervise(command, workers=2, fd=shared.fileno(), ending=ending, pause=0.01))
            first, second = await process("begun"), await process("begun")
            os.kill(first, signal.SIGKILL)
            third = await process("begun")
            ending.set()
            assert {await process("ended"), await process("ended")} == {second, third}
            await asyncio.wait_for(task, 10)
