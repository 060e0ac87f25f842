"""Desks about lists and how persons want them, in one object."""

from collections.abc import Iterable, Mapping

from engine.process_engine import ProcessEngine
from workflows.desk.access_requests import AccessDesk
from workflows.desk.asking import Ask
from workflows.desk.heat import HeatDesk
from workflows.desk.letter_books import LetterBookDesk
from workflows.desk.notices import NoticeDesk
from workflows.desk.rules import RuleDesk
from workflows.desk.saved_views import SavedViewDesk
from workflows.directory import names_of
from workflows.rulebook import Rulebook


class Lists:
    """Saved views and what else a person arranges."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self.views = SavedViewDesk(engine)
        self.books = LetterBookDesk(engine, rulebook)
        self.access = AccessDesk(engine)
        self.rules = RuleDesk(engine, rulebook)
        self.notices = NoticeDesk(engine)
        self.heat = HeatDesk(engine, rulebook)

    def people(self, logins: Iterable[str | None]) -> Mapping[str, str]:
        """Return the names of the persons that a list speaks of, by login; one question for all of them."""
        wanted = {login for login in logins if login}
        return self._engine.ask(Ask(lambda uow: names_of(uow, wanted))) if wanted else {}
