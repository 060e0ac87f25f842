"""The rules as they were known at an instant: forms as deployed, calendar, limits, clauses, catalogue."""

import hashlib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import insert, select

from engine.store.tables import deployment, deployment_resource, process_definition, resource
from workflows.catalogue.store import catalogue_on
from workflows.records.as_of import rule_file
from workflows.records.clocks import calendar_override, time_limit
from workflows.time_limits import TimeLimit, limit_of
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import WorkingCalendar

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordRuleFiles:
    """Keep the calendar and the clauses as they are now, if they differ from what was kept; answers how many did."""

    city_folder: Path
    clauses: Path

    def run(self, uow: UnitOfWork) -> int:
        """Write what changed."""
        files = {f"calendar/{path.name}": path for path in sorted((self.city_folder / "calendar").glob("*.toml"))}
        changed = 0
        for name, path in {**files, "clauses.toml": self.clauses}.items():
            content = path.read_text(encoding="utf-8")
            digest = hashlib.sha256(content.encode()).hexdigest()
            last = _file(uow, name, uow.now)
            if last is None or last.sha256 != digest:
                row = {"name": name, "recorded_at": uow.now, "sha256": digest, "content": content}
                uow.connection.execute(insert(rule_file), row)
                changed += 1
        return changed


@dataclass(frozen=True, slots=True)
class FormThen:
    """A form as it was deployed."""

    name: str
    deployed_at: datetime
    questions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class RulesThen:
    """The rules in force on the day of an instant, as they were known then."""

    at: datetime
    day: date
    is_working_day: bool
    calendar_version: str
    calendar_is_kept: bool
    overrides: tuple[Row, ...]
    limits: tuple[TimeLimit, ...]
    clauses: tuple[Row, ...]
    items: tuple[Row, ...]
    definitions: tuple[Row, ...]


def _file(uow: UnitOfWork, name: str, at: datetime) -> Any:
    known = (rule_file.c.name == name) & (rule_file.c.recorded_at <= at)
    return uow.connection.execute(select(rule_file).where(known).order_by(rule_file.c.recorded_at.desc())).first()


def calendar_then(
    uow: UnitOfWork, base: WorkingCalendar, at: datetime
) -> tuple[WorkingCalendar, bool, tuple[Row, ...]]:
    """Return the calendar as it was known, whether its files were kept then, and the local days on top."""
    names = uow.connection.scalars(
        select(rule_file.c.name).where(rule_file.c.name.like("calendar/%"), rule_file.c.recorded_at <= at).distinct()
    ).all()
    files = [tomllib.loads(_file(uow, name, at).content) for name in sorted(names, key=lambda n: ("local" in n, n))]
    calendar = _calendar(base, files) if files else base
    c = calendar_override.c
    rows = uow.connection.execute(
        select(calendar_override).where(c.changed_at <= at).order_by(c.day, c.version)
    ).mappings()  # fmt: skip
    overrides = tuple(dict(row) for row in rows)
    days = [(row["day"], row["is_working"]) for row in overrides]
    if days:
        calendar = calendar.with_overrides(days, f"city.{max(row['version'] for row in overrides)}")
    return calendar, bool(files), overrides


def _calendar(base: WorkingCalendar, files: list[dict[str, Any]]) -> WorkingCalendar:
    special: dict[date, bool] = {}
    for data in files:
        special |= dict.fromkeys(data.get("off", []), False) | dict.fromkeys(data.get("work", []), True)
    years = frozenset(year for data in files for year in data.get("years", []))
    return WorkingCalendar("+".join(data["version"] for data in files), years, special, base.zone)


def limits_then(uow: UnitOfWork, at: datetime) -> tuple[TimeLimit, ...]:
    """Return the limits in force on the day, by the newest version that was written down."""
    day, c = local_day_of(at), time_limit.c
    rows = uow.connection.execute(
        select(time_limit).where(c.changed_at <= at, c.valid_from <= day).order_by(c.name, c.item_code, c.version)
    )
    newest: dict[tuple[str, str], TimeLimit] = {}
    for row in rows:
        data = {**row.data, "item": row.item_code, "version": row.version, "valid_from": row.valid_from,
                "valid_to": row.valid_to}  # fmt: skip
        newest[row.name, row.item_code] = limit_of(row.name, data)
    return tuple(one for one in newest.values() if one.valid_to is None or day < one.valid_to)


def clauses_then(uow: UnitOfWork, at: datetime) -> tuple[Row, ...]:
    """Return the clauses of the file as it was kept; none when nothing was kept yet."""
    kept = _file(uow, "clauses.toml", at)
    if kept is None:
        return ()
    day = local_day_of(at)
    found = []
    for key, part in tomllib.loads(kept.content).items():
        if part.get("from") and part["from"] > day:
            continue
        for number, clause in part.get("clauses", {}).items():
            found.append({"id": f"{key}/{number}", "instrument": part["name"], "article": clause.get("article", ""),
                          "text": clause.get("text", ""), "status": part.get("status", "none")})  # fmt: skip
    return tuple(found)


def forms_then(uow: UnitOfWork, definition_id: Any, names: Collection[str], at: datetime) -> dict[str, FormThen | None]:
    """Return forms by the names of their files: those of the version a case ran by, else as last deployed."""
    if not names:
        return {}
    found = uow.connection.execute(
        select(process_definition.c.resources, process_definition.c.deployed_at)
        .where(process_definition.c.id == definition_id)
    ).one()  # fmt: skip
    held = {name: value for name, value in found.resources if name in names}
    read = {file.name: _form(file.name, file.content, found.deployed_at) for file in uow.resources(list(held.items()))}
    return {name: read[name] if name in read else _stored(uow, name, at) for name in names}


def _stored(uow: UnitOfWork, name: str, at: datetime) -> FormThen | None:
    """Return a form as it was last deployed by an instant, beside versions that held none themselves."""
    row = uow.connection.execute(
        select(resource.c.content, deployment.c.deployed_at)
        .join(deployment_resource, deployment_resource.c.hash == resource.c.hash)
        .join(deployment, deployment.c.id == deployment_resource.c.deployment_id)
        .where(deployment_resource.c.name == name, deployment.c.deployed_at <= at)
        .order_by(deployment.c.deployed_at.desc())
    ).first()
    return None if row is None else _form(name, row.content, row.deployed_at)


def _form(name: str, content: bytes, deployed_at: datetime) -> FormThen:
    parts = orjson.loads(content).get("components", [])
    asked = tuple(
        (str(part.get("key", "")), str(part.get("label") or part.get("dateLabel") or ""),
         "必填" if part.get("validate", {}).get("required") else "选填")
        for part in parts if part.get("key")
    )  # fmt: skip
    return FormThen(name.rpartition("/")[2].removesuffix(".form"), deployed_at, asked)


def rules_then(uow: UnitOfWork, base: WorkingCalendar, at: datetime) -> RulesThen:
    """Return the rules as they were known at an instant."""
    day = local_day_of(at)
    calendar, kept, overrides = calendar_then(uow, base, at)
    c = process_definition.c
    rows = uow.connection.execute(
        select(c.key, c.version, c.name, c.deployed_at).where(c.deployed_at <= at).order_by(c.key, c.version)
    ).mappings()  # fmt: skip
    newest = {row["key"]: dict(row) for row in rows}
    return RulesThen(
        at, day, calendar.is_working_day(day), calendar.version, kept, overrides, limits_then(uow, at),
        clauses_then(uow, at), tuple(dict(row) for row in catalogue_on(uow, day)), tuple(newest.values()),
    )  # fmt: skip
