"""How the platform is: whether it can serve, what waits and is late, and how long things take."""

from dataclasses import dataclass

from engine.process_engine import ProcessEngine
from workflows.vitals.heart import Heart
from workflows.vitals.metrics import Metrics
from workflows.vitals.numbers import Numbers, read_numbers
from workflows.vitals.readiness import Readiness, readiness
from workflows.vitals.tracing import Tracing, both


@dataclass(frozen=True, slots=True)
class Vitals:
    """What monitors ask one process about itself and about its database."""

    engine: ProcessEngine
    program: str
    """The newest migration that this program knows."""
    metrics: Metrics
    heart: Heart
    tracing: Tracing | None = None

    @classmethod
    def of(cls, engine: ProcessEngine, name: str, program: str, tracing: Tracing | None = None) -> "Vitals":
        """Return those of a process; its commands are measured from now on."""
        metrics = Metrics(engine)
        engine.watch = both(tracing.watch, metrics.watch) if tracing else metrics.watch
        return cls(engine, program, metrics, Heart(engine, name, program), tracing)

    def readiness(self) -> Readiness:
        """Return whether this process can serve."""
        return readiness(self.engine, self.program)

    def numbers(self) -> Numbers:
        """Return what waits and what is late.

        Raises:
            DatabaseUnavailable.
        """
        return read_numbers(self.engine)


__all__ = ["Heart", "Metrics", "Numbers", "Readiness", "Vitals"]
