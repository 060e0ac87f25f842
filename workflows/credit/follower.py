"""The chore that follows what the courier brought back: entries and publications move to where their records are."""

from engine.process_engine import ProcessEngine
from workflows.credit.following import FollowCredit, moved_entries
from workflows.publication.following import FollowPublications, moved_publications
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

_ROUNDS = 100  # of a few hundred each; what is left waits for the next look


class Follower:
    """Looks, and writes only when something moved; it may be stopped anywhere and begin again."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def work(self) -> int:
        """Follow everything; answers how many moved."""
        done = 0
        for _ in range(_ROUNDS):
            if not self._engine.ask(_Moved()):
                break
            done += self._engine.execute(FollowCredit(self._rulebook)) + self._engine.execute(FollowPublications())
        return done


class _Moved:
    """Whether anything waits to be followed."""

    def run(self, uow: UnitOfWork) -> bool:
        """Answer it."""
        return bool(moved_entries(uow, 1) or moved_publications(uow, 1))
