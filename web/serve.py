"""The program ``xianjie``: the command line, with the web server it may need."""

import logging
import signal
import sys

from waitress import create_server

from web.app import create_app
from web.conformance import serve_conformance
from workflows import cli
from workflows.bootstrap import Application

logger = logging.getLogger(__name__)


def serve(app: Application, with_worker: bool) -> None:
    """Serve pages and API until stopped; in the embedded mode the worker runs in the same process."""
    settings = app.settings
    where = {"host": settings.host, "port": settings.port, "threads": settings.threads}
    server = create_server(create_app(app), **where, ident=None)
    worker = app.worker() if with_worker else None

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    if worker is not None:
        worker.start()
    logger.info("serving", extra={"address": f"http://{settings.host}:{settings.port}"})
    try:
        server.run()
    except KeyboardInterrupt:
        logger.info("stopping")
    finally:
        server.close()
        if worker is not None:
            worker.stop()
        app.close()


def main() -> int:
    """Run the command line."""
    return cli.run(serve, profiles={"conformance": serve_conformance})


if __name__ == "__main__":
    sys.exit(main())
