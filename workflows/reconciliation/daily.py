"""The count of a day: every pair of offices, both sides, exactly once, also for days on which the platform stood."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from engine.store.tables import process_definition, process_instance
from workflows.reconciliation.books import entries_between
from workflows.reconciliation.differences import accepted_subjects, follow
from workflows.reconciliation.entries import Entry, begin_of
from workflows.reconciliation.imports import recheck_lists
from workflows.records.reconciliation import reconciliation_day, reconciliation_line
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

PROCESS, MESSAGE = "reconciliation_day", "reconciliation_due"
LONGEST = 400  # days that are made up for at once


def run_reconciliation(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Count every day that is over and not counted yet; say when the next one is over."""
    today = local_day_of(uow.now)
    since = date.fromisoformat(str(job.variables["since"]))
    counted = count_days(uow, rulebook, _next_day(uow, since), today)
    return {
        "counted_days": [day.isoformat() for day in counted],
        "next_day_at": begin_of(today + ONE_DAY).isoformat(),
        "next_key": f"DZ/{(today + ONE_DAY).isoformat()}", "next_since": today.isoformat(),
    }  # fmt: skip


def _next_day(uow: UnitOfWork, since: date) -> date:
    last = uow.connection.scalar(select(func.max(reconciliation_day.c.day)))
    return last + ONE_DAY if last is not None else since


def count_days(uow: UnitOfWork, rulebook: Rulebook, first: date, today: date) -> list[date]:
    """Count the days from *first* on that are over; answers which."""
    days = [first + ONE_DAY * n for n in range((today - first).days)][-LONGEST:]
    if not days:
        return []
    entries = entries_between(uow, rulebook, begin_of(days[0]), begin_of(today))
    for day in days:
        _count(uow, day, entries, is_catch_up=day != today - ONE_DAY)
    follow(uow, rulebook.city, entries, days[-1], begin_of(today))
    recheck_lists(uow, rulebook.city)
    return days


def _count(uow: UnitOfWork, day: date, entries: Sequence[Entry], *, is_catch_up: bool) -> None:
    begin, cut = begin_of(day), begin_of(day + ONE_DAY)
    accepted = accepted_subjects(uow, cut)
    lines = lines_of(entries, begin, cut, accepted)
    uow.connection.execute(
        insert(reconciliation_day),
        {
            "day": day, "cut_at": cut, "computed_at": uow.now, "is_catch_up": is_catch_up,
            "unexplained": sum(line["unexplained"] for line in lines),
            "outstanding": sum(line["in_transit"] + line["paused"] + line["explained"] for line in lines),
        },
    )  # fmt: skip
    if lines:
        uow.connection.execute(insert(reconciliation_line), [{"day": day, **line} for line in lines])


def lines_of(
    entries: Iterable[Entry], begin: datetime, cut: datetime, accepted: frozenset[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Return one line per pair and kind; on each, what was brought forward or sent is settled or still open."""
    pairs: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.concerns(begin, cut):
            pairs[entry.kind, entry.sender, entry.receiver].append(entry)
    return [_line(pair, pairs[pair], (begin, cut), accepted) for pair in sorted(pairs)]


def _line(
    pair: tuple[str, str, str], entries: Sequence[Entry], span: tuple[datetime, datetime],
    accepted: frozenset[tuple[str, str]],
) -> dict[str, Any]:  # fmt: skip
    begin, cut = span
    found: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    for entry in entries:
        found["opening" if entry.sent_at < begin else "sent"] += 1
        wrong = entry.causes(cut)
        open_causes = [cause for cause in wrong if (entry.subject, cause) not in accepted]
        causes.update(open_causes[:1])
        found["unexplained" if open_causes else "explained" if wrong else entry.outcome(cut)] += 1
    names = ("opening", "sent", "received", "returned", "withdrawn", "in_transit", "paused", "explained")
    return {
        "kind": pair[0], "sender": pair[1], "receiver": pair[2], **{name: found[name] for name in names},
        "unexplained": found["unexplained"], "causes": dict(causes),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenReconciliation:
    """Begin to count every day, from yesterday or an earlier day on; answers whether it was not running yet."""

    actor: str
    since: date | None = None

    def run(self, uow: UnitOfWork) -> bool:
        """Start the first count."""
        deployed = select(process_definition.c.id).where(process_definition.c.key == PROCESS)
        running = select(process_instance.c.id).where(
            process_instance.c.definition_key == PROCESS, process_instance.c.status.in_(("active", "suspended"))
        )
        if uow.connection.execute(deployed).first() is None or uow.connection.execute(running).first() is not None:
            return False
        today = local_day_of(uow.now)
        since = self.since or today - ONE_DAY
        variables = {"since": since.isoformat(), "title": "每日对账"}
        trigger = StartTrigger(MESSAGE, "message", MESSAGE)
        StartProcess(PROCESS, f"DZ/{today.isoformat()}", self.actor, variables, trigger=trigger).run(uow)
        return True
