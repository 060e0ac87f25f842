"""Desks about lists and how persons want them, in one object."""

from engine.process_engine import ProcessEngine
from workflows.desk.access_requests import AccessDesk
from workflows.desk.heat import HeatDesk
from workflows.desk.letter_books import LetterBookDesk
from workflows.desk.notices import NoticeDesk
from workflows.desk.rules import RuleDesk
from workflows.desk.saved_views import SavedViewDesk
from workflows.rulebook import Rulebook


class Lists:
    """Saved views and what else a person arranges."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self.views = SavedViewDesk(engine)
        self.books = LetterBookDesk(engine, rulebook)
        self.access = AccessDesk(engine)
        self.rules = RuleDesk(engine, rulebook)
        self.notices = NoticeDesk(engine)
        self.heat = HeatDesk(engine, rulebook)
