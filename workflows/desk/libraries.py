"""The library of objects for people and programs: find, look at, enter, rate, merge, take in and out as a file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.desk.object_views import ObjectView, view_of
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.items import items_on
from workflows.key_areas.signals import ReviewObject
from workflows.libraries.access import KEEPERS, RATERS, require_keeper, seen_by, sees_city, visible
from workflows.libraries.exchange import COLUMNS, ImportObjects, Names, RowResult, as_workbook, read_rows
from workflows.libraries.identity import KINDS, valid_code
from workflows.libraries.keeping import (
    MergeObjects,
    ObjectFacts,
    change_object,
    keep_object,
    locked_object,
    note_change,
    tie_item,
)
from workflows.libraries.objects import items_of
from workflows.libraries.ratings import RateObject
from workflows.libraries.search import MOST_COUNTED, ObjectFilter, ObjectPage, search_objects
from workflows.policy import Actor, require
from workflows.records.libraries import inspection_object
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

PROCESS = "key_supervision"
IMPORTERS = (*RATERS, "administrator")


@dataclass(frozen=True, slots=True)
class Kept:
    """An object that was entered or changed, or a rating; ``was_known`` when the same request came before."""

    id: UUID
    was_known: bool = False


class LibraryDesk:
    """Answers and keeps the library of objects."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def today(self) -> date:
        """Return the day it is here."""
        return local_day_of(self._engine.clock.now())

    def page(self, actor: Actor, wanted: ObjectFilter) -> ObjectPage:
        """Return a page of the objects the person may see."""
        seen = seen_by(actor, self._rulebook.city.area)
        return self._engine.ask(Ask(lambda uow: search_objects(uow, wanted, seen)))

    def view(self, actor: Actor, object_id: UUID, on: date | None = None) -> ObjectView:
        """Return an object with everything that hangs on it.

        Raises:
            ObjectNotFound: there is none, or it is another area's.
        """
        area = self._rulebook.city.area
        return self._engine.ask(Ask(lambda uow: view_of(uow, visible(uow, actor, object_id, area), on)))

    def choices(self, actor: Actor) -> dict[str, Any]:
        """Return what the forms and filters may choose from."""
        return self._context(actor)

    def fields(
        self, actor: Actor, form: str, answers: Mapping[str, Any] | None = None, object_id: UUID | None = None
    ) -> tuple[FieldView, ...]:
        """Return one of the library's forms, filled from an object when one is given."""
        require(actor, *KEEPERS)
        return self._forms.get(PROCESS, form).fields_for(self._context(actor), answers or self._known(actor, object_id))

    def _known(self, actor: Actor, object_id: UUID | None) -> dict[str, Any] | None:
        if object_id is None:
            return None
        view = self.view(actor, object_id)
        return {**view.row, "items": list(view.items)}

    def enter(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> Kept:
        """Enter an object, or bring the same one up to date.

        Raises:
            FormInvalid, NotAllowed: the unit is not the person's.
        """
        given = self._checked(actor, "enter_object", answers)
        require_keeper(actor, str(given["unit"]))
        facts = ObjectFacts(
            given["kind"], given["name"], given["area"], given["unit"], "form", credit_code=given["credit_code"],
            site=given["site"] or "", lon=given["lon"], lat=given["lat"],
        )  # fmt: skip

        def act(uow: UnitOfWork) -> UUID:
            object_id, _ = keep_object(uow, facts, actor.login, reason=str(given["reason"]))
            _tie(uow, object_id, given["items"])
            return object_id

        return self._once(actor, key, fingerprint_of("object", answers), act)

    def edit(self, actor: Actor, object_id: UUID, answers: Mapping[str, Any], version: int | None = None) -> None:
        """Change an object; *version* is the one the person has seen."""
        given = self._checked(actor, "enter_object", answers)
        said = {name: given[name] for name in ("kind", "name", "area", "unit", "lon", "lat")}
        said |= {"site": given["site"] or "", "credit_code": valid_code(given["credit_code"])}

        def act(uow: UnitOfWork) -> None:
            row = locked_object(uow, visible(uow, actor, object_id, self._rulebook.city.area).id, version)
            require_keeper(actor, row.unit)
            change_object(uow, row, said, actor.login, str(given["reason"]))
            _tie(uow, row.id, given["items"])

        self._engine.execute(Do(act))

    def rate(self, actor: Actor, object_id: UUID, answers: Mapping[str, Any], *, key: str = "") -> Kept:
        """Rate an object; credit D or high risk lets the rule weigh it for the key library."""
        require(actor, *RATERS)
        given = self._checked(actor, "rate_object", answers)
        kind = str(given["kind"])
        day = date.fromisoformat(str(given["valid_from"]))

        def act(uow: UnitOfWork) -> UUID:
            row = visible(uow, actor, object_id, self._rulebook.city.area)
            require_keeper(actor, row.unit, RATERS)
            rating = RateObject(row.id, kind, str(given[kind]), given["source"], given["reason"], day, actor.login)
            rating_id = rating.run(uow)
            if day <= local_day_of(uow.now):
                ReviewObject(row.id, "rating", actor.login, self._rulebook).run(uow)
            return rating_id

        return self._once(actor, key, fingerprint_of("rating", str(object_id), answers), act)

    def merge(self, actor: Actor, object_id: UUID, answers: Mapping[str, Any]) -> None:
        """Merge a doubled object into this one."""
        require(actor, *RATERS)
        given = self._checked(actor, "merge_objects", answers)
        area = self._rulebook.city.area

        def act(uow: UnitOfWork) -> None:
            kept = visible(uow, actor, object_id, area)
            try:
                doubled = visible(uow, actor, UUID(str(given["doubled"]).strip()), area)
            except (ValueError, errors.ObjectNotFound) as exc:
                raise errors.FormInvalid(
                    errors=[{"field": "doubled", "message": "没有这个编号的对象，请从对象页面复制"}]
                ) from exc
            for row in (kept, doubled):
                require_keeper(actor, row.unit, RATERS)
            MergeObjects(kept.id, doubled.id, actor.login, str(given["reason"])).run(uow)

        self._engine.execute(Do(act))

    def close(self, actor: Actor, object_id: UUID, answers: Mapping[str, Any]) -> None:
        """Take an object out of the library from a day on; its past stays."""
        given = self._checked(actor, "close_object", answers)
        day = date.fromisoformat(str(given["closed_on"]))

        def act(uow: UnitOfWork) -> None:
            row = locked_object(uow, visible(uow, actor, object_id, self._rulebook.city.area).id)
            require_keeper(actor, row.unit)
            if row.is_key:
                message = "对象在重点监管库中，请先申请销号"
                raise errors.FormInvalid(errors=[{"field": "closed_on", "message": message}])
            values = {"status": "closed", "valid_to": day, "version": row.version + 1, "changed_by": actor.login,
                      "changed_at": uow.now}  # fmt: skip
            mine = inspection_object.c.id == row.id
            uow.connection.execute(update(inspection_object).where(mine).values(**values))
            note_change(uow, row.id, "closed", {"valid_to": day.isoformat()}, actor.login, str(given["reason"]))

        self._engine.execute(Do(act))

    def import_file(self, actor: Actor, file_name: str, data: bytes) -> tuple[RowResult, ...]:
        """Take a file in; answers what became of each row.

        Raises:
            ImportInvalid: the file as a whole cannot be read.
        """
        require(actor, *IMPORTERS)
        rows = read_rows(file_name, data)

        def act(uow: UnitOfWork) -> tuple[RowResult, ...]:
            units = {word: one.code for one in all_units(uow) for word in (one.code, one.name, one.short_name)}
            items = {word: one.code for one in items_on(uow, local_day_of(uow.now)) for word in (one.code, one.name)}
            areas = {word: code for code, name in self._rulebook.city.divisions.items() for word in (code, name)}
            allowed = None if actor.has("policy_officer", "administrator") else frozenset(actor.units)
            return ImportObjects(rows, Names(areas, units, items, allowed), actor.login, file_name).run(uow)

        return self._engine.execute(Do(act))

    def export(self, actor: Actor, wanted: ObjectFilter) -> bytes:
        """Return what is found as a workbook that can be taken in again; at most ten thousand rows."""
        found = self.page(actor, replace(wanted, after="", limit=MOST_COUNTED))
        ids = [row["id"] for row in found.rows]
        tied = self._engine.ask(Ask(lambda uow: items_of(uow, ids, wanted.on)))
        names = self._rulebook.city.division
        rows = (
            [KINDS.get(row["kind"], row["kind"]), row["name"], row["credit_code"], names(row["area"]), row["site"],
             row["lon"], row["lat"], row["unit"], ",".join(tied.get(row["id"], ())), row["credit"], row["risk"]]
            for row in found.rows
        )  # fmt: skip
        return as_workbook("检查对象名录库", [*COLUMNS.values(), "信用等级", "风险等级"], rows)

    def _once(self, actor: Actor, key: str, fingerprint: str, act: Any) -> Kept:
        if not key:
            return Kept(self._engine.execute(Do(act)))
        once = Once(Do(act), actor.login, key, fingerprint, lambda done: {"id": str(done)})
        done = self._engine.execute(once)
        return Kept(UUID(str(done.result["id"])), done.was_replayed)

    def _checked(self, actor: Actor, form: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        require(actor, *KEEPERS)
        return self._forms.get(PROCESS, form).validate(answers, self._context(actor))

    def _context(self, actor: Actor) -> dict[str, Any]:
        city = self._rulebook.city

        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            wide = sees_city(actor, city.area)
            units = [
                {"value": one.code, "label": one.short_name}
                for one in all_units(uow)
                if one.kind == "natural_resources" and (wide or one.code in actor.units)
            ]
            return {
                "kinds": [{"value": code, "label": name} for code, name in KINDS.items()], "units": units,
                "areas": [{"value": code, "label": name} for code, name in city.divisions.items()
                          if wide or code == actor.area],
                "item_options": [
                    {"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)
                ],
                "today": today.isoformat(),
            }  # fmt: skip

        return self._engine.ask(Ask(read))


def _tie(uow: UnitOfWork, object_id: UUID, items: list[str] | None) -> None:
    for code in items or ():
        tie_item(uow, object_id, code, local_day_of(uow.now), None)
