"""What people settle between themselves, in one place of the front door."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows.comments import EditComment, WriteComment, file_of, listed
from workflows.desk.absence import AbsenceDesk
from workflows.desk.asking import Ask, Do
from workflows.desk.signing import SigningDesk
from workflows.desk.why import Why, explain
from workflows.evidence import EvidenceContent
from workflows.jurisdiction import seen_task
from workflows.policy import Actor
from workflows.reading import CopyCase, MarkRead, case_condition, count_unread, received, sent, sent_condition
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork
from workflows.urging import Urge, latest, urges_of

Row = Mapping[str, Any]


class TeamworkDesk:
    """Signing rounds, copies to read, reminders, comments, who stands in, and why a task came."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self.signing = SigningDesk(engine, rulebook)
        self.absence = AbsenceDesk(engine, rulebook)

    def why(self, actor: Actor, task_id: UUID) -> Why:
        """Return why a task came.

        Raises:
            TaskNotFound.
        """

        def read(uow: UnitOfWork) -> Why:
            task = seen_task(uow, actor, task_id)
            return explain(uow, actor, task)

        return self._engine.ask(Ask(read))

    def copy(self, command: CopyCase, *, key: str = "") -> tuple[UUID, ...]:
        """Show a case to persons and units; the same key does it once."""
        if not key:
            return self._engine.execute(command)
        asked = fingerprint_of("copy", command.business_key, list(command.persons), list(command.units), command.note)
        once = Once(command, command.actor.login, key, asked, lambda made: {"ids": [str(one) for one in made]})
        found = self._engine.execute(once).result["ids"]
        return tuple(UUID(str(one)) for one in found) if isinstance(found, list) else ()

    def mark_read(self, actor: Actor, reading_id: UUID) -> None:
        """Note that the person has read a copy."""
        self._engine.execute(MarkRead(actor, reading_id))

    def unread(self, actor: Actor) -> int:
        """Return how many copies the person has not read."""
        return self._engine.ask(Ask(lambda uow: count_unread(uow, actor)))

    def copies(self, actor: Actor, *, is_sent: bool = False) -> tuple[Row, ...]:
        """Return the copies for the person, or those the person sent with their receipts."""
        return self._engine.ask(
            Ask(lambda uow: tuple(sent(uow, sent_condition(actor)) if is_sent else received(uow, actor)))
        )

    def copies_of_case(self, actor: Actor, business_key: str) -> tuple[Row, ...]:
        """Return to whom a case was copied and who has read it.

        Raises:
            CaseNotFound.
        """

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            listed(uow, actor, business_key)
            return tuple(sent(uow, case_condition(business_key)))

        return self._engine.ask(Ask(read))

    def urge(self, actor: Actor, task_id: UUID, note: str) -> int:
        """Urge whoever has a task; answers which time it is."""
        return self._engine.execute(Urge(task_id, actor, note, self._rulebook))

    def urges(self, actor: Actor, task_id: UUID) -> tuple[tuple[Row, ...], bool]:
        """Return how often a task was urged, and whether it may be urged now.

        Raises:
            TaskNotFound.
        """

        def read(uow: UnitOfWork) -> tuple[tuple[Row, ...], bool]:
            task = seen_task(uow, actor, task_id)
            last = latest(uow, task_id)
            may = task.status == "open" and task.assignee != actor.login
            return tuple(urges_of(uow, task_id)), may and (last is None or uow.now >= last.again_at)

        return self._engine.ask(Ask(read))

    def comment(self, command: WriteComment, *, key: str = "") -> UUID:
        """Say something about a case; the same key says it once."""
        if not key:
            return self._engine.execute(command)
        asked = fingerprint_of("comment", command.business_key, command.text, list(command.mentions))
        once = Once(command, command.actor.login, key, asked, lambda made: {"id": str(made)})
        return UUID(str(self._engine.execute(once).result["id"]))

    def edit_comment(self, actor: Actor, comment_id: UUID, text: str) -> None:
        """Correct one's own comment."""
        self._engine.execute(EditComment(actor, comment_id, text))

    def comments(self, actor: Actor, business_key: str) -> tuple[Row, ...]:
        """Return the comments of a case, the oldest first."""
        return self._engine.ask(Ask(lambda uow: tuple(listed(uow, actor, business_key))))

    def file(self, actor: Actor, comment_id: UUID, sha256: str) -> EvidenceContent:
        """Return a file of a comment."""
        return self._engine.execute(Do(lambda uow: file_of(uow, actor, comment_id, sha256)))

    def colleagues(self, actor: Actor, units: Sequence[str] = ()) -> tuple[Mapping[str, str], ...]:
        """Return whom the person may name: those of the office and of some units."""
        return self.absence.people(actor, units)
