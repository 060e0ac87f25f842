"""How long finished cases are kept: rules of the city, by process and by version, with where they come from."""

import logging
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from engine.bulk_runner import ACTS
from engine.commands.archive import OTHERS, ArchiveBatch
from engine.commands.belongings import Belongings
from engine.commands.bulk import Factory
from engine.commands.delete_instance import DeleteInstance, Term
from engine.process_engine import ProcessEngine
from workflows.uow import ZONE, local_day_of

logger = logging.getLogger(__name__)
_CONFIDENCES = ("law", "practice", "default")
_PERMANENT = "permanent"
_BATCHES = 20  # in one round, so that other chores have their turn

WHAT = Belongings(
    parts=frozenset({
        "alert_event", "alert_evidence", "approval_revision", "complaint_event", "complaint_import_row",
        "complaint_informant", "complaint_look", "complaint_recusal", "construction_check", "construction_skip",
        "inspection_record", "inspection_supplement", "patrol", "penalty_event", "penalty_instalment",
        "penalty_payment", "supervision_rung", "transfer_milestone",
    }),
    loose_parts=(("draft", "task_id"), ("row_change", "row_id")),
    by_number=frozenset({"notification"}),
    loose_references=(("hard_block", "transfer_id"),),
)  # fmt: skip


class RetentionInvalid(ValueError):
    """The file of retention rules cannot be used; the text names the rule and the remedy."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One version of the rule of one process; ``years`` is None when its cases are kept for ever."""

    process: str
    version: int
    valid_from: date
    archive_after_days: int
    years: int | None
    confidence: str
    source: str

    @property
    def text(self) -> str:
        """Return the rule as a deletion names it."""
        kept = "永久" if self.years is None else f"{self.years} 年"
        return f"{self.process} 第 {self.version} 版：{kept}（{self.source}）"


class RetentionRules:
    """The rules of a city."""

    def __init__(self, rules: Iterable[RetentionRule]) -> None:
        self.all = tuple(sorted(rules, key=lambda rule: (rule.process, rule.valid_from, rule.version)))
        seen = {(rule.process, rule.version) for rule in self.all}
        if len(seen) != len(self.all):
            raise RetentionInvalid("two rules have the same process and version: number the versions")

    @classmethod
    def load(cls, folder: Path) -> "RetentionRules":
        """Read ``retention.toml``; without the file nothing is archived or deleted.

        Raises:
            RetentionInvalid: a rule has an unknown or missing value.
        """
        path = folder / "retention.toml"
        if not path.is_file():
            return cls(())
        return cls(_rule(data) for data in tomllib.loads(path.read_text(encoding="utf-8")).get("rule", []))

    def in_force(self, on: date) -> Mapping[str, RetentionRule]:
        """Return the rule of each process on a day."""
        return {rule.process: rule for rule in self.all if rule.valid_from <= on}

    def archive_before(self, now: datetime) -> Mapping[str, datetime]:
        """Return until when a case must have ended to be archived now."""
        rules = self.in_force(local_day_of(now))
        return {key: now - timedelta(days=rule.archive_after_days) for key, rule in rules.items()}

    def terms(self, now: datetime) -> Mapping[str, Term]:
        """Return until when a case must have ended to be deleted now: its term counts from the next calendar year."""
        found = {}
        for key, rule in self.in_force(local_day_of(now)).items():
            before = None if rule.years is None else _year_begins(local_day_of(now).year - rule.years)
            found[key] = Term(rule.text, before)
        return found


def _year_begins(year: int) -> datetime:
    """Return the last instant before a year in Chinese time: files are kept full calendar years after their own."""
    return datetime.combine(date(year, 1, 1), time(), ZONE).astimezone(UTC) - timedelta(microseconds=1)


def _rule(data: Mapping[str, Any]) -> RetentionRule:
    known = {"process", "version", "valid_from", "archive_after_days", "keep", "confidence", "source"}
    name = data.get("process", "?")
    if set(data) != known:
        raise RetentionInvalid(f"rule of {name}: exactly {', '.join(sorted(known))} are needed")
    keep = str(data["keep"])
    if keep != _PERMANENT and not (keep.isdecimal() and int(keep) > 0):
        raise RetentionInvalid(f"rule of {name}: keep is permanent or a number of years")
    if data["confidence"] not in _CONFIDENCES or not str(data["source"]).strip():
        raise RetentionInvalid(f"rule of {name}: give a source, and law, practice or default as its confidence")
    if not isinstance(data["archive_after_days"], int) or data["archive_after_days"] < 1:
        raise RetentionInvalid(f"rule of {name}: archive_after_days is 1 or more")
    years = None if keep == _PERMANENT else int(keep)
    return RetentionRule(
        str(name), int(data["version"]), data["valid_from"], data["archive_after_days"], years,
        str(data["confidence"]), str(data["source"]),
    )  # fmt: skip


def acts(engine: ProcessEngine, rules: RetentionRules) -> Mapping[str, Factory]:
    """Return what can be done to many cases, deleting included."""
    return {
        **ACTS,
        "delete": lambda target, order: DeleteInstance(
            target, order.actor, order.reason, rules.terms(engine.clock.now()), WHAT
        ),
    }


@dataclass(frozen=True, slots=True)
class Archivist:
    """Archives what is due, a few cases at a time, in the worker."""

    engine: ProcessEngine
    rules: RetentionRules
    size: int = 50

    def work(self) -> int:
        """Archive up to twenty batches; answers how many cases."""
        now = self.engine.clock.now()
        before = self.rules.archive_before(now)
        names = {key: rule.text for key, rule in self.rules.in_force(local_day_of(now)).items()}
        done = 0
        for _ in range(_BATCHES if before else 0):
            found = self.engine.execute(ArchiveBatch(before, names, self.size))
            done += found
            if found < self.size:
                break
        if done:
            logger.info("cases archived", extra={"count": done})
        return done


__all__ = ["OTHERS", "WHAT", "Archivist", "RetentionInvalid", "RetentionRule", "RetentionRules", "acts"]
