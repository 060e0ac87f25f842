"""A real web server in a thread of the test, stopped without cutting anybody off."""

import threading
from typing import Any

from waitress import create_server, wasyncore


class Served:
    """An application at an address of this machine, until it is stopped."""

    def __init__(self, app: Any, *, threads: int = 6) -> None:
        self._sockets: dict[int, Any] = {}
        self._server = create_server(app, host="127.0.0.1", port=0, threads=threads, map=self._sockets)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let running requests end, then close every socket in the thread that waits for them.

        A socket closed from outside while that thread waits for it is an error there, or worse: its number may
        already belong to another file. Stopping twice is stopping once.
        """
        if not self._thread.is_alive():
            return
        self._server.task_dispatcher.shutdown()
        self._server.trigger.pull_trigger(self._close_sockets)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the server does not stop"
        self._server.trigger.close()

    def _close_sockets(self) -> None:
        """Close all but the one that wakes the thread: whoever pulls it may still be about to write."""
        for one in list(self._sockets.values()):
            if one is self._server:
                wasyncore.dispatcher.close(one)  # its own way would close that one, too
            elif one is not self._server.trigger:
                one.handle_close()  # also the files of answers that nobody waits for any more
        self._server.trigger.del_channel()
