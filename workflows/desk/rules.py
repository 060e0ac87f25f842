"""Limits and the calendar as officials change them: what would move, what waits, what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.directory import names_of
from workflows.policy import Actor, require
from workflows.records.lists import rule_change
from workflows.rulebook import Rulebook
from workflows.rules.changes import Change, Move, as_moves, checked, moves
from workflows.rules.effect import DECIDERS, EDITORS, DecideRule, ProposeRule, needs_two
from workflows.time_limits import CONFIDENCES, UNITS, TimeLimit
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
_TITLES = {
    "length": "长度", "unit": "单位", "confidence": "性质", "source": "依据", "valid_from": "生效日期",
    "warn_before": "临期提醒", "item": "适用事项", "is_working": "上班",
}  # fmt: skip
_WORDS: Mapping[str, Mapping[Any, str]] = {
    "unit": UNITS, "confidence": CONFIDENCES, "is_working": {True: "上班", False: "放假"}, "item": {"*": "全部事项"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """A change with its difference, what it moves, and whether a second person must agree."""

    title: str
    differences: tuple[tuple[str, str, str], ...]
    moves: tuple[Move, ...]
    needs_two: bool


class RuleDesk:
    """Shows and makes changes of rules."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def limit(self, actor: Actor, name: str) -> TimeLimit:
        """Return the newest version of a limit, to change it.

        Raises:
            UnknownTimeLimit, NotAllowed.
        """
        require(actor, *EDITORS)
        known = [limit for limit in self._rulebook.limits.all if limit.name == name and limit.item == "*"]
        if not known:
            raise errors.UnknownTimeLimit(name=name)
        return max(known, key=lambda one: (one.valid_from, one.version))

    def preview(self, actor: Actor, kind: str, subject: str, given: Mapping[str, str]) -> Preview:
        """Return what a change would do; nothing is written.

        Raises:
            FormInvalid, NotAllowed.
        """
        require(actor, *EDITORS)
        change, before = checked(self._rulebook, kind, subject, given)
        return self._engine.ask(Ask(lambda uow: self._preview(uow, change, before)))

    def _preview(self, uow: UnitOfWork, change: Change, before: Row) -> Preview:
        found = as_moves(self._rulebook, moves(uow, self._rulebook, change))
        return Preview(self._title(change), _differences(change.data, before), found, needs_two(change, before))

    def _title(self, change: Change) -> str:
        return f"日历 {change.subject}" if change.kind == "day" else change.limit.title

    def propose(
        self, actor: Actor, kind: str, subject: str, given: Mapping[str, str], reason: str, *, key: str = ""
    ) -> tuple[UUID, str]:
        """Propose a change, once for each key; without law in it, it takes effect at once."""
        command = ProposeRule(actor, kind, subject, given, reason, self._rulebook)
        if key:
            asked = fingerprint_of("rule", kind, subject, dict(given), reason)
            once = Once(command, actor.login, key, asked, lambda made: {"id": str(made[0]), "state": made[1]})
            found = self._engine.execute(once).result
            made = UUID(str(found["id"])), str(found["state"])
        else:
            made = self._engine.execute(command)
        self._rulebook.attach(self._engine)
        return made

    def decide(self, actor: Actor, change_id: UUID, *, agrees: bool, note: str) -> int:
        """Agree to a change or refuse it; answers how many clocks moved."""
        moved = self._engine.execute(DecideRule(actor, change_id, agrees, note, self._rulebook))
        self._rulebook.attach(self._engine)
        return moved

    def changes(self, _actor: Actor, limit: int = 100) -> tuple[Row, ...]:
        """Return the changes, those that wait first, then the newest."""
        order = (rule_change.c.state != "proposed", rule_change.c.proposed_at.desc(), rule_change.c.id.desc())

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            rows = [dict(row) for row in uow.connection.execute(
                select(rule_change).order_by(*order).limit(limit)).mappings()]  # fmt: skip
            logins = {login for row in rows for login in (row["proposed_by"], row["decided_by"]) if login}
            return tuple(self._shown(row, names_of(uow, logins)) for row in rows)

        return self._engine.ask(Ask(read))

    def change(self, actor: Actor, change_id: UUID) -> tuple[Row, tuple[Move, ...]]:
        """Return one change and, while it waits, what it would move now.

        Raises:
            RuleChangeNotFound, NotAllowed.
        """
        require(actor, *EDITORS, *DECIDERS)

        def read(uow: UnitOfWork) -> tuple[Row, tuple[Move, ...]]:
            row = uow.connection.execute(select(rule_change).where(rule_change.c.id == change_id)).mappings().first()
            if row is None:
                raise errors.RuleChangeNotFound(change=str(change_id))
            logins = {login for login in (row["proposed_by"], row["decided_by"]) if login}
            shown, change = (
                self._shown(dict(row), names_of(uow, logins)),
                Change(row["kind"], row["subject"], row["data"]),
            )
            waits = row["state"] == "proposed"
            return shown, as_moves(self._rulebook, moves(uow, self._rulebook, change)) if waits else ()

        return self._engine.ask(Ask(read))

    def _shown(self, row: dict[str, Any], names: Mapping[str, str]) -> Row:
        change = Change(row["kind"], row["subject"], row["data"])
        return {
            **row, "title": self._title(change), "differences": _differences(row["data"], row["before"]),
            "proposer": names.get(row["proposed_by"], row["proposed_by"]),
            "decider": names.get(row["decided_by"] or "", row["decided_by"] or ""),
        }  # fmt: skip


def _differences(after: Row, before: Row) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (title, _said(key, before.get(key)), _said(key, after[key]))
        for key, title in _TITLES.items()
        if key in after and after[key] != before.get(key)
    )


def _said(key: str, value: Any) -> str:
    return "（无）" if value in (None, "") else _WORDS.get(key, {}).get(value, str(value))
