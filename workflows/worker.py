"""The worker: APScheduler beats the time, the job table remembers what is to be done."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from apscheduler.schedulers.background import BackgroundScheduler

from engine.job_runner import JobRunner
from engine.store.bell import Bell

logger = logging.getLogger(__name__)
_PAUSE = 5.0  # seconds between two rounds of chores
_LATER = 0.001  # a clock that is read a moment too early must not make the worker look twice


class Worker:
    """Looks at the job table at every beat, when a timer falls due before that, and right after a commit.

    Commits of this process wake it by ``wake``, those of others by the ``bell``. APScheduler keeps nothing: a lost or
    late beat delays a job until the next one. A watchdog on the monotonic clock takes over when the wall clock jumps
    back and the scheduler stands still. *after* is called after each look: whoever hears of it knows that jobs are
    looked for, and not only that a thread of the process lives.
    """

    def __init__(
        self,
        jobs: JobRunner,
        *,
        tick: float = 1.0,
        chores: Sequence[Callable[[], object]] = (),
        pause: float = _PAUSE,
        bell: Bell | None = None,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        self._bell = bell
        self._after = after
        self._jobs = jobs
        self._tick = tick
        self._chores = chores
        self._pause = pause
        self._helper = threading.Thread(target=self._do_chores, name="chores", daemon=True)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._beat_at = time.monotonic()
        self._thread = threading.Thread(target=self._loop, name="worker", daemon=True)
        self._scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})

    def start(self) -> None:
        """Begin to work in the background."""
        self._scheduler.add_job(self._beat, "interval", seconds=self._tick, misfire_grace_time=None)
        self._scheduler.start()
        self._thread.start()
        if self._bell is not None:
            self._bell.start(self.wake)
        if self._chores:
            self._helper.start()

    def wake(self) -> None:
        """Look for due jobs now; the worker's own commits do not wake it, for it looks until nothing is due."""
        if threading.current_thread() is not self._thread:
            self._wake.set()

    def _beat(self) -> None:
        self._beat_at = time.monotonic()
        self._wake.set()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the job in hand and stop."""
        self._stop.set()
        self._wake.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._bell is not None:
            self._bell.stop(timeout)
        for thread in (self._thread, self._helper):
            if thread.is_alive():
                thread.join(timeout)

    def run_forever(self) -> None:
        """Start and block until stopped or interrupted."""
        self.start()
        try:
            while self._thread.is_alive():
                self._thread.join(0.5)
        except KeyboardInterrupt:
            self.stop()

    def _do_chores(self) -> None:
        """Do what may take long, such as waiting for other systems, at its own pace."""
        while not self._stop.wait(self._pause):
            for chore in self._chores:
                if self._stop.is_set():
                    return
                try:
                    chore()
                except Exception:
                    logger.exception("a chore failed")

    def _loop(self) -> None:
        longest = rest = self._tick * 5
        while not self._stop.is_set():
            woken = self._wake.wait(rest)
            if not woken and rest == longest:
                logger.warning("no beat of the scheduler", extra={"seconds": time.monotonic() - self._beat_at})
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                self._jobs.run_due()
                rest = min(longest, self._jobs.seconds_to_next() + _LATER)
                self._after()
            except Exception:
                logger.exception("the worker could not look for jobs")
                self._stop.wait(self._tick)
                rest = longest
