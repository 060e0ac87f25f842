"""What people settle between themselves, in one place of the front door."""

from engine.process_engine import ProcessEngine
from workflows.desk.signing import SigningDesk
from workflows.rulebook import Rulebook


class TeamworkDesk:
    """Signing rounds, copies to read, reminders, comments, and who stands in."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self.signing = SigningDesk(engine, rulebook)
