"""Reads and writes rounds and entries; every change of a round is seen by whoever changes it at the same time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine import errors as engine_errors
from engine.commands.history import Cause, write_history
from engine.store.tables import user_task
from workflows import team_errors
from workflows.jurisdiction import if_seen
from workflows.notices import notify
from workflows.policy import Actor
from workflows.records.teamwork import signing_entry, signing_round
from workflows.signing.rules import UNDECIDED, Entry, outcome_of, turns
from workflows.uow import UnitOfWork

HOLD = "signing"
_r, _e = signing_round.c, signing_entry.c


@dataclass(slots=True)
class Round:
    """A round that is being changed: its row, its entries, and whom to tell at the end."""

    row: Row[Any]
    entries: list[dict[str, Any]]
    told: list[str] = field(default_factory=list)

    @property
    def voters(self) -> list[Entry]:
        """Return the entries as the rules see them."""
        return [
            Entry(one["id"], one["place"], one["state"], one["weight"], one["parent_id"], one["relation"])
            for one in self.entries
        ]

    def entry(self, entry_id: UUID) -> dict[str, Any]:
        """Return one entry.

        Raises:
            SigningNotFound.
        """
        found = next((one for one in self.entries if one["id"] == entry_id), None)
        if found is None:
            raise team_errors.SigningNotFound(entry=str(entry_id))
        return found


def open_round_of(uow: UnitOfWork, task_id: UUID) -> Row[Any] | None:
    """Return the open round of a task."""
    wanted = select(signing_round).where(_r.task_id == task_id, _r.state == "open")
    return uow.connection.execute(wanted).one_or_none()


def load(uow: UnitOfWork, round_id: UUID) -> Round:
    """Return a round that is still open, to change it.

    Raises:
        SigningNotFound: there is none.
        SigningEnded: it was decided, closed or cancelled.
    """
    return _opened(uow, _row(uow, round_id), round_id)


def load_seen(uow: UnitOfWork, actor: Actor, round_id: UUID, task_id: UUID) -> Round:
    """Return a round about a task that is still open, to change it; one of a case of others does not seem to exist.

    Raises:
        SigningNotFound: there is none about the task, or its case does not concern the person.
        SigningEnded: it was decided, closed or cancelled.
    """
    row = if_seen(uow, actor, _row(uow, round_id), lambda one: UUID(str(one.instance_id)))
    return _opened(uow, row if row is not None and row.task_id == task_id else None, round_id)


def _row(uow: UnitOfWork, round_id: UUID) -> Row[Any] | None:
    return uow.connection.execute(select(signing_round).where(_r.id == round_id)).one_or_none()


def _opened(uow: UnitOfWork, row: Row[Any] | None, round_id: UUID) -> Round:
    if row is None:
        raise team_errors.SigningNotFound(round=str(round_id))
    if row.state != "open":
        raise team_errors.SigningEnded(round=str(round_id), state=row.state)
    return Round(row, entries_of(uow, [round_id]))


def entries_of(uow: UnitOfWork, rounds: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return the entries of rounds in the order of asking."""
    wanted = select(signing_entry).where(_e.round_id.in_(rounds)).order_by(_e.round_id, _e.place)
    return [dict(row) for row in uow.connection.execute(wanted).mappings()] if rounds else []


def round_of_entry(uow: UnitOfWork, actor: Actor, entry_id: UUID) -> UUID:
    """Return the round of an entry that is the person's, or whose case concerns them.

    Raises:
        SigningNotFound.
    """
    columns = (_e.round_id, _e.instance_id, _e.login, _e.asked_by)
    found = uow.connection.execute(select(*columns).where(_e.id == entry_id)).one_or_none()
    mine = {actor.login, *(cover.login for cover in actor.covers)}
    if found is None or mine.isdisjoint((found.login, found.asked_by)):
        found = if_seen(uow, actor, found, lambda one: UUID(str(one.instance_id)))
    if found is None:
        raise team_errors.SigningNotFound(entry=str(entry_id))
    return UUID(str(found.round_id))


def change(uow: UnitOfWork, round_: Round, entry_id: UUID, **values: object) -> None:
    """Write columns of an entry."""
    round_.entry(entry_id).update(values)
    uow.connection.execute(update(signing_entry).where(_e.id == entry_id).values(**values))


def add(uow: UnitOfWork, round_: Round, rows: Sequence[dict[str, Any]]) -> None:
    """Write entries; nobody is asked yet."""
    uow.connection.execute(insert(signing_entry), list(rows))
    round_.entries.extend(dict(row) for row in rows)


def settle(uow: UnitOfWork, round_: Round, actor: str) -> str | None:
    """Ask whose turn it is now, or end the round if it is decided; answers the outcome.

    Raises:
        ConcurrentUpdate: somebody else changed the round meanwhile.
    """
    row = round_.row
    outcome = outcome_of(row.mode, row.threshold, round_.voters)
    if outcome is not None:
        end(uow, round_, actor, "decided", outcome=outcome)
        return outcome
    if row.place != "after" or row.intent is not None:
        _ask_in_turn(uow, round_)
    _touch(uow, row)
    return None


def _ask_in_turn(uow: UnitOfWork, round_: Round) -> None:
    opened, paused = turns(round_.row.mode, round_.voters)
    for entry_id in sorted(opened, key=lambda one: int(round_.entry(one)["place"])):
        change(uow, round_, entry_id, state="open", asked_at=uow.now)
    for entry_id in paused:
        change(uow, round_, entry_id, state="waiting")
    asked = [str(round_.entry(one)["login"]) for one in opened]
    if asked:
        tell(uow, round_.row, asked, f"请您会签：{round_.row.step}")


def end(uow: UnitOfWork, round_: Round, actor: str, state: str, *, outcome: str = "", reason: str = "") -> None:
    """End a round: whoever has not signed is told that it is no longer needed, and the task may be completed."""
    left = [one for one in round_.entries if one["state"] in UNDECIDED]
    for one in left:
        change(uow, round_, one["id"], state="spared" if state == "decided" else "cancelled")
    asked = [str(one["login"]) for one in left if one["asked_at"] is not None]
    if asked:
        tell(uow, round_.row, asked, f"已无需会签：{round_.row.step}")
    values = {"state": state, "outcome": outcome or None, "ended_at": uow.now, "ended_by": actor}
    _touch(uow, round_.row, **values, end_reason=reason or None)
    _let_go(uow, round_, outcome)


def _touch(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    same = (_r.id == row.id) & (_r.version == row.version) & (_r.state == "open")
    done = uow.connection.execute(update(signing_round).where(same).values(version=row.version + 1, **values))
    if done.rowcount != 1:
        raise engine_errors.ConcurrentUpdate(round=str(row.id))


def _let_go(uow: UnitOfWork, round_: Round, outcome: str) -> None:
    """Take the hold off the task and tell its form what the round came to."""
    task = uow.task(round_.row.task_id)
    values: dict[str, object] = {"held_by": None}
    if outcome:
        values["variables"] = {**task.variables, "signing": _told(round_, outcome)}
    mine = (user_task.c.id == task.id) & (user_task.c.status == "open")
    uow.connection.execute(update(user_task).where(mine).values(**values))


def _told(round_: Round, outcome: str) -> Mapping[str, object]:
    count = {state: sum(one["state"] == state for one in round_.entries) for state in ("agreed", "dissented")}
    return {"task_id": str(round_.row.task_id), "round_id": str(round_.row.id), "outcome": outcome, **count}


def hold(uow: UnitOfWork, task: Row[Any]) -> None:
    """Let nobody complete a task before its round has ended.

    Raises:
        ConcurrentUpdate: the task changed meanwhile.
    """
    same = (user_task.c.id == task.id) & (user_task.c.status == "open") & (user_task.c.version == task.version)
    done = uow.connection.execute(update(user_task).where(same, user_task.c.held_by.is_(None)).values(held_by=HOLD))
    if done.rowcount != 1:
        raise engine_errors.ConcurrentUpdate(task_id=str(task.id))


def note(uow: UnitOfWork, row: Row[Any], actor: str, event: str, **detail: object) -> None:
    """Write a line into the case's audit trail."""
    element = uow.task(row.task_id).element_id
    cause = Cause(actor, event, element, None, {"round": str(row.id), "task_id": str(row.task_id), **detail})
    write_history(uow, row.instance_id, [cause])


def tell(uow: UnitOfWork, row: Row[Any], logins: Iterable[str], text: str) -> None:
    """Leave a message about a round."""
    notify(uow, list(logins), kind="signing", text=text, business_key=row.business_key, task_id=row.task_id)


def cancel_orphans(uow: UnitOfWork, instance_id: UUID) -> None:
    """Cancel the open rounds of a case whose task no longer waits, and tell the signers who were asked."""
    waits = select(user_task.c.id).where(user_task.c.instance_id == instance_id, user_task.c.status == "open")
    left = select(signing_round).where(_r.instance_id == instance_id, _r.state == "open", _r.task_id.not_in(waits))
    for row in uow.connection.execute(left).all():
        end(uow, Round(row, entries_of(uow, [row.id])), "system", "cancelled", reason="任务已取消或退回")
