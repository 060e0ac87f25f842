"""What soaks do to a PostgreSQL that belongs to them: the power fails, the network is cut or stands still."""

import asyncio
import os
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url


class Power:
    """The power of a PostgreSQL server that this run may cut."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(self._url, autocommit=True) as connection:
            self._data = str(connection.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]
            version = str(connection.execute("SHOW server_version_num").fetchone()[0])[:2]  # type: ignore[index]
        found = Path(f"/usr/lib/postgresql/{version}/bin/pg_ctl")
        self._pg_ctl = str(found) if found.exists() else "pg_ctl"
        self._next = 0.0

    def may(self) -> bool:
        """Tell whether the last cut was long enough ago."""
        return time.monotonic() > self._next

    def cut(self) -> None:
        """Stop the server without letting it tidy up, and start it again."""
        owner = Path(self._data).owner()
        become = [] if os.geteuid() else ["setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups"]
        command = [*become, self._pg_ctl, "-D", self._data, "-w", "-m", "immediate", "restart"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/tmp")
        self._next = time.monotonic() + 4


class Wire:
    """The network between programs and the server: a proxy that may break or hold what passes through it.

    ``url`` is the address of the database behind it.
    """

    def __init__(self, url: str) -> None:
        there = make_url(url)
        self._there = (there.host or "127.0.0.1", there.port or 5432)
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.Transport] = set()
        self._cut_until = self._held_until = 0.0
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._accept, "127.0.0.1", 0), self._loop)
        here = server.result(10).sockets[0].getsockname()
        self.url = there.set(host=here[0], port=here[1]).render_as_string(hide_password=False)

    def cut(self, seconds: float) -> None:
        """Break every connection and let none through for so long."""
        self._cut_until = time.monotonic() + seconds
        self._loop.call_soon_threadsafe(lambda: [one.abort() for one in list(self._open)])

    def hold(self, seconds: float) -> None:
        """Let nothing arrive for so long, in either direction; then all of it."""
        self._held_until = time.monotonic() + seconds

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if time.monotonic() < self._cut_until:
            writer.transport.abort()
            return
        try:
            back, forth = await asyncio.open_connection(*self._there)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer.transport, forth.transport}
        self._open |= ends  # type: ignore[arg-type]
        with suppress(OSError):
            passing = [asyncio.ensure_future(self._pass(*way)) for way in ((reader, forth), (back, writer))]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        self._open -= ends  # type: ignore[operator]
        for end in ends:
            end.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                while (left := self._held_until - time.monotonic()) > 0:
                    await asyncio.sleep(min(left, 0.05))
                target.write(data)
                await target.drain()
