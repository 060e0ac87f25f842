"""What can be looked up: items with their duties and their history, limits with their sources, units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.process_engine import ProcessEngine
from workflows import catalog, errors
from workflows.catalogue.checker import Finding, check
from workflows.catalogue.diff import Difference, differences
from workflows.catalogue.facts import read_facts
from workflows.catalogue.fields import ANY_AREA, ITEM_KEYS, OWNER_KEYS, PARTS, Part, Words, contents_of
from workflows.catalogue.proposals import OPEN
from workflows.catalogue.sheets import catalogue_workbook
from workflows.catalogue.store import catalogue_on, owners_of, versions_of
from workflows.clauses import Clauses
from workflows.desk.asking import Ask
from workflows.directory import Unit, all_units
from workflows.items import DISTRICT
from workflows.policy import Actor
from workflows.records.catalogue import catalogue_change
from workflows.rulebook import Rulebook
from workflows.time_limits import CONFIDENCES, TimeLimit
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

Row = Mapping[str, Any]
LONGEST_CHECK = 366 * 10


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items are wanted; an empty part means any."""

    on: date | None = None
    q: str = ""
    unit: str = ""
    category: str = ""
    mode: str = ""
    status: str = ""
    is_key: bool | None = None
    after: str = ""
    limit: int = 500


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item with who supervises it on the day; the first one is responsible."""

    item: Row
    supervising: tuple[str, ...]
    approving: str
    receivers: tuple[str, ...]
    change: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an item with what it changed."""

    row: Row
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything about one item on a day."""

    view: ItemView
    parts: tuple[tuple[str, str], ...]
    siblings: tuple[Row, ...]
    versions: tuple[Version, ...]
    owners: tuple[Row, ...]
    changes: tuple[Row, ...]
    findings: tuple[Finding, ...]
    is_owner: bool
    on: date


class CatalogueDesk:
    """Answers the catalogue."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._clauses = clauses

    @property
    def today(self) -> date:
        """Return the day in Chinese time."""
        return local_day_of(self._engine.clock.now())

    def items(self, _actor: Actor, wanted: ItemFilter = ItemFilter()) -> tuple[ItemView, ...]:
        """Return the items in force on a day, today unless one is named, in the order of their codes."""

        def read(uow: UnitOfWork) -> tuple[ItemView, ...]:
            words, pending = words_of(uow), _pending(uow)
            districts = {unit.code for unit in all_units(uow) if _is_district(unit)}
            rows = catalogue_on(uow, wanted.on or local_day_of(uow.now))
            found = [row for row in rows if _fits(row, wanted, districts)]
            return tuple(_view(row, words, pending) for row in found[: wanted.limit])

        return self._engine.ask(Ask(read))

    def categories(self, _actor: Actor) -> tuple[str, ...]:
        """Return the main items, for a filter."""
        rows = self._engine.ask(Ask(lambda uow: catalogue_on(uow, local_day_of(uow.now))))
        return tuple(dict.fromkeys(str(row["category"]) for row in rows))

    def page(self, actor: Actor, code: str, on: date | None = None) -> ItemPage:
        """Return an item as it stands on a day, with its versions, owners and changes.

        Raises:
            UnknownItem: there has never been one of this code.
        """
        return self._engine.ask(Ask(lambda uow: self._page(uow, actor, code, on or local_day_of(uow.now))))

    def _page(self, uow: UnitOfWork, actor: Actor, code: str, on: date) -> ItemPage:
        rows = catalogue_on(uow, on)
        history = versions_of(uow, code)
        if not history:
            raise errors.UnknownItem(item=code, on=on.isoformat())
        nobody: Row = {"approving_unit": None, "supervising_units": [], "default_officer": None, "stand_in": None}
        row = next((one for one in rows if one["code"] == code), {**history[0], **nobody})
        words = words_of(uow)
        changes = select(catalogue_change).where(catalogue_change.c.item_code == code)
        newest = changes.order_by(catalogue_change.c.created_at.desc()).limit(20)
        facts = read_facts(uow, self._clauses, self._rulebook)
        return ItemPage(
            _view(row, words, _pending(uow)),
            tuple((part.label, self._words(words, part, row[part.key])) for part in PARTS if part.key != "checks"),
            tuple(one for one in rows if one["main_code"] == row["main_code"]),
            _versions(history, words),
            tuple(_owner(one, words, self._rulebook) for one in owners_of(uow, code)),
            tuple(dict(one) for one in uow.connection.execute(newest).mappings()),
            tuple(one for one in check(facts, on, on + ONE_DAY * 366) if one.item_code == code),
            _owns(actor, row), on,
        )  # fmt: skip

    def _words(self, words: Words, part: Part, value: Any) -> str:
        """Return what a part says; a clause by its title, not by its id."""
        if part.key == "clauses":
            return "、".join(self._clauses.get(one).title if self._clauses.exists(one) else one for one in value or ())
        return words.of(part, value)

    def difference(self, _actor: Actor, code: str, old: int, new: int) -> tuple[Difference, ...]:
        """Return what differs between two versions of an item.

        Raises:
            UnknownItem: there is no such version.
        """

        def read(uow: UnitOfWork) -> tuple[Difference, ...]:
            known = {row["version"]: contents_of(row) for row in versions_of(uow, code)}
            if old not in known or new not in known:
                raise errors.UnknownItem(item=code, version=new if old in known else old)
            return differences(known[old], known[new], words_of(uow))

        return self._engine.ask(Ask(read))

    def check(self, _actor: Actor, first: date, last: date) -> tuple[Finding, ...]:
        """Return what is wrong with the catalogue on any day of a range, both ends included.

        Raises:
            FormInvalid: the range is upside down or longer than ten years.
        """
        if not first <= last or (last - first).days > LONGEST_CHECK:
            message = "截止日期不能早于起始日期，范围最长十年"
            raise errors.FormInvalid(errors=[{"field": "last", "message": message}])
        facts = self._engine.ask(Ask(lambda uow: read_facts(uow, self._clauses, self._rulebook)))
        return check(facts, first, last)

    def workbook(self, _actor: Actor, on: date, layout: str) -> bytes:
        """Return the catalogue of a day in an official layout: annex or national."""
        return self._engine.ask(Ask(lambda uow: catalogue_workbook(uow, words_of(uow), on, layout)))

    def limits(self, _actor: Actor, words: str = "", confidence: str = "", after: int = 0) -> tuple[TimeLimit, ...]:
        """Return the limits by title, from the one at *after* on: those of one confidence whose title has the words."""
        found = (
            limit
            for limit in sorted(self._rulebook.limits.all, key=lambda limit: limit.title)
            if words in limit.title and confidence in ("", limit.confidence)
        )
        return tuple(found)[after:]

    def units(self, _actor: Actor) -> tuple[Unit, ...]:
        """Return all units."""
        return self._engine.ask(Ask(all_units))

    def areas(self) -> Mapping[str, str]:
        """Return the names of the divisions."""
        return self._rulebook.city.divisions

    def calendar(self, _actor: Actor) -> Mapping[str, Any]:
        """Return the calendar's version, years, and special days."""
        calendar = self._rulebook.calendar
        return {"version": calendar.version, "years": sorted(calendar.years), "special": dict(calendar.special)}

    @property
    def confidences(self) -> Mapping[str, str]:
        """Return the words for how sure a limit is."""
        return CONFIDENCES


def words_of(uow: UnitOfWork) -> Words:
    """Return what stored values mean."""
    return Words({unit.code: unit.short_name for unit in all_units(uow)}, catalog.TITLES)


def _fits(row: Row, wanted: ItemFilter, districts: set[str]) -> bool:
    units = row["supervising_units"]
    text = f"{row['code']} {row['name']} {' '.join(row['aliases'])} {row['basis']}"
    return all((
        wanted.q.strip() in text,
        not wanted.unit or wanted.unit in units or (DISTRICT in units and wanted.unit in districts),
        wanted.category in ("", row["category"]),
        not wanted.mode or wanted.mode in row["modes"],
        wanted.status in ("", row["status"]),
        wanted.is_key in (None, row["is_key"]),
        row["code"] > wanted.after,
    ))  # fmt: skip


def _is_district(unit: Unit) -> bool:
    return unit.kind == "natural_resources" and unit.level == "district"


def _pending(uow: UnitOfWork) -> dict[str, str]:
    open_ones = select(catalogue_change.c.item_code, catalogue_change.c.business_key)
    rows = uow.connection.execute(open_ones.where(catalogue_change.c.state.in_(OPEN)))
    return {row.item_code: row.business_key for row in rows}


def _view(row: Row, words: Words, pending: Mapping[str, str]) -> ItemView:
    return ItemView(
        row, tuple(words.unit(code) for code in row["supervising_units"]), words.unit(row["approving_unit"]),
        tuple(words.unit(code) for code in row["copy_receivers"]), pending.get(row["code"]),
    )  # fmt: skip


def _versions(history: Sequence[Row], words: Words) -> tuple[Version, ...]:
    older = [*history[1:], None]
    return tuple(
        Version(row, differences(contents_of(old), contents_of(row, ITEM_KEYS), words) if old is not None else ())
        for row, old in zip(history, older, strict=True)
    )


def _owner(row: Row, words: Words, rulebook: Rulebook) -> Row:
    area = rulebook.city.name if row["area"] == ANY_AREA else rulebook.city.division(row["area"])
    named = {part.label: words.of(part, row[part.key]) for part in PARTS if part.key in OWNER_KEYS}
    return {**row, "area_name": area, "units": [words.unit(code) for code in row["supervising_units"]], "named": named}


def _owns(actor: Actor, row: Row) -> bool:
    """Tell whether the person's unit is responsible for the item."""
    lead = next(iter(row["supervising_units"]), "")
    is_mine = lead in actor.units or (lead == DISTRICT and actor.kind == "natural_resources")
    return is_mine and actor.has("section_officer", "section_head", "district_officer")
