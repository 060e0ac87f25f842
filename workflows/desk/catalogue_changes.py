"""How the catalogue changes: proposals by form, by program and by file, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import errors as engine_errors
from engine.commands.idempotency import Answer, Once, fingerprint_of
from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import catalog, errors
from workflows.catalogue.diff import Difference, differences
from workflows.catalogue.fields import ANY_AREA
from workflows.catalogue.forms import choices, contents_of_answers, filled
from workflows.catalogue.imports import CatalogueImport, PreviewCatalogue, commit_catalogue, read_import
from workflows.catalogue.proposals import OPEN, PROCESS, Proposal, ProposeChange, Rules
from workflows.catalogue.rights import ARBITERS, OWNERS, PROPOSERS
from workflows.catalogue.store import catalogue_on, contents_on
from workflows.clauses import Clauses
from workflows.desk.asking import Ask
from workflows.desk.catalogue import words_of
from workflows.desk.intake import bare_name
from workflows.directory import all_units, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.jurisdiction import if_seen
from workflows.policy import Actor, require
from workflows.records.catalogue import catalogue_batch, catalogue_change
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

Row = Mapping[str, Any]
PAGE = 50


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A proposal: what would change, who said what, and where it stands."""

    row: Row
    differences: tuple[Difference, ...]
    opinions: tuple[Row, ...]
    steps: tuple[str, ...]
    proposer: str
    unit_names: Mapping[str, str]


class CatalogueChangeDesk:
    """Takes proposals and files."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms
        self._rules = Rules(rulebook, clauses, catalog.TITLES)

    def fields(
        self, actor: Actor, form: str, code: str = "", answers: Row | None = None
    ) -> tuple[FieldView, ...]:  # fmt: skip
        """Return one of the forms propose, dispute and retire, filled from an item when one is named."""
        require(actor, *PROPOSERS)
        return self._forms.get(PROCESS, form).fields_for(self._context(actor, code), answers)

    def propose(self, actor: Actor, kind: str, code: str, answers: Row) -> str:
        """Check the answers to a form and start the case; answers its number.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy.
            ChangePending, UnknownItem, NotAllowed.
        """
        require(actor, *PROPOSERS)
        context = self._context(actor, code)
        form = {"dispute": "dispute", "retire": "retire"}.get(kind, "propose")
        checked = self._forms.get(PROCESS, form).validate(answers, context)
        contents, area = {}, checked.get("area") or ANY_AREA
        if form == "propose":
            present = self._engine.ask(Ask(lambda uow: contents_on(uow, code, ANY_AREA, local_day_of(uow.now))))
            contents = contents_of_answers(checked, present)
            code = code or str(checked["item_code"])
        if area != ANY_AREA:
            contents = self._only_owner(code, contents)
        day = date.fromisoformat(checked["effective_on"]) if checked.get("effective_on") else self._tomorrow()
        wanted = Proposal(kind, code, contents, day, checked["reason"], area, checked.get("suggested_unit"))
        return self._engine.execute(ProposeChange(actor, wanted, self._rules))

    def _only_owner(self, code: str, contents: Row) -> dict[str, Any]:
        """Return the owner, and what else differs: it is refused, for only owners differ between districts."""
        present = self._engine.ask(Ask(lambda uow: contents_on(uow, code, ANY_AREA, local_day_of(uow.now)))) or {}
        changed = {key: value for key, value in contents.items() if present.get(key) != value}
        return {**changed, "supervising_units": contents["supervising_units"]}

    def claim(self, actor: Actor, code: str) -> str:
        """Claim a present item for the own unit; answers the number of the case."""
        require(actor, *OWNERS)
        wanted = Proposal("confirm", code, {}, self._tomorrow(), "本单位认领现行监管事项")
        return self._engine.execute(ProposeChange(actor, wanted, self._rules))

    def submit(self, actor: Actor, wanted: Proposal, key: str) -> Answer:
        """Propose by program; the same key answers a repetition with the first result."""
        require(actor, *PROPOSERS)
        mark = fingerprint_of(
            "catalogue-change", wanted.item_code, {
                "kind": wanted.kind, "contents": wanted.contents, "area": wanted.area, "reason": wanted.reason,
                "effective_on": wanted.effective_on.isoformat(), "suggested_unit": wanted.suggested_unit,
            },
        )  # fmt: skip
        command = ProposeChange(actor, wanted, self._rules)
        return self._engine.execute(Once(command, actor.login, key, mark, lambda number: {"business_key": number}))

    def open_round(self, actor: Actor) -> int:
        """Ask the responsible unit of every item that is not confirmed yet to claim it; answers how many were asked.

        Items with a change under way are left out, so repeating it asks nobody twice.
        """
        require(actor, *ARBITERS)
        rows = self._engine.ask(Ask(lambda uow: catalogue_on(uow, local_day_of(uow.now))))
        asked = 0
        for row in rows:
            if row["status"] != "待确认":
                continue
            wanted = Proposal("confirm", row["code"], {}, self._tomorrow(), "梳理、认领监管事项清单", source="round")
            try:
                self._engine.execute(ProposeChange(actor, wanted, self._rules))
                asked += 1
            except (errors.ChangePending, engine_errors.ConcurrentUpdate):
                continue
        return asked

    def changes(
        self, actor: Actor, *, state: str = "", item: str = "", after: str = "", limit: int = PAGE
    ) -> tuple[Row, ...]:
        """Return the changes that concern the person, the newest first; *after* is the number of the last one seen."""
        statement = select(catalogue_change)
        if not (actor.oversees or actor.has("administrator")):
            units = list(actor.units)
            asked = select(running_limit.c.instance_id).where(running_limit.c.unit.in_(units))
            statement = statement.where(
                catalogue_change.c.unit.in_(units) | catalogue_change.c.proposing_unit.in_(units)
                | catalogue_change.c.instance_id.in_(asked)
            )  # fmt: skip
        if state:
            statement = statement.where(catalogue_change.c.state.in_(OPEN if state == "open" else (state,)))
        if item:
            statement = statement.where(catalogue_change.c.item_code == item)
        if after:
            statement = statement.where(catalogue_change.c.business_key < after)
        newest = statement.order_by(catalogue_change.c.business_key.desc()).limit(limit)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(newest).mappings())))

    def view(self, actor: Actor, number: str) -> ChangeView:
        """Return a change.

        Raises:
            CaseNotFound: there is none, or it does not concern the person's unit.
        """
        return self._engine.ask(Ask(lambda uow: _view(uow, actor, number)))

    def preview(self, actor: Actor, file_name: str, data: bytes, effective_on: date, reason: str) -> UUID:
        """Read a file and keep what each row would change.

        Raises:
            ImportInvalid: the file as a whole cannot be read.
            FormInvalid: no reason, or a day that is not after today.
        """
        require(actor, *PROPOSERS)
        faults = [] if reason.strip() else [{"field": "reason", "message": "请写明调整理由和依据文件"}]
        if effective_on < self._tomorrow():
            faults.append({"field": "effective_on", "message": f"生效日期不得早于 {self._tomorrow()}"})
        if faults:
            raise errors.FormInvalid(errors=faults)
        name = bare_name(file_name)
        return self._engine.execute(PreviewCatalogue(actor, name, data, effective_on, reason.strip(), self._rules))

    def take_in(self, actor: Actor, batch_id: UUID) -> CatalogueImport:
        """Propose every ready row; may be repeated."""
        require(actor, *PROPOSERS)
        self.imported(actor, batch_id)
        commit_catalogue(self._engine, self._rules, actor, batch_id)
        return self.imported(actor, batch_id)

    def imported(self, actor: Actor, batch_id: UUID) -> CatalogueImport:
        """Return a file with its rows.

        Raises:
            CaseNotFound: there is none, or it is another unit's.
        """
        found = self._engine.ask(Ask(lambda uow: read_import(uow, batch_id)))
        if found.batch["unit"] != actor.unit and not actor.oversees:
            raise errors.CaseNotFound(batch=str(batch_id))
        return found

    def batches(self, actor: Actor) -> tuple[Row, ...]:
        """Return the newest files of the person's unit, or of all units."""
        statement = select(catalogue_batch)
        if not actor.oversees:
            statement = statement.where(catalogue_batch.c.unit == actor.unit)
        newest = statement.order_by(catalogue_batch.c.created_at.desc()).limit(20)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(newest).mappings())))

    def _tomorrow(self) -> date:
        return local_day_of(self._engine.clock.now()) + ONE_DAY

    def _context(self, actor: Actor, code: str) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            today, units = local_day_of(uow.now), all_units(uow)
            present = contents_on(uow, code, ANY_AREA, today) if code else None
            if code and present is None:
                raise errors.UnknownItem(item=code, on=today.isoformat())
            listed = [{"value": one.code, "label": one.name, "kind": one.kind} for one in units]
            return {
                **choices(units, catalog.TITLES, self._rulebook.city.divisions), "units": listed,
                "item": filled(present), "is_new": not code, "today": today.isoformat(),
                "tomorrow": (today + ONE_DAY).isoformat(), "actor_name": actor.name,
            }  # fmt: skip

        return self._engine.ask(Ask(read))


def _view(uow: UnitOfWork, actor: Actor, number: str) -> ChangeView:
    mine = catalogue_change.c.business_key == number
    found = uow.connection.execute(select(catalogue_change).where(mine)).mappings().first()
    row = if_seen(uow, actor, found, lambda one: one["instance_id"])
    if row is None:
        raise errors.CaseNotFound(case=number)
    open_tasks = select(user_task.c.name).where(
        user_task.c.instance_id == row["instance_id"], user_task.c.status == "open"
    )
    names = names_of(uow, [row["proposed_by"], *(one["by"] for one in row["opinions"])])
    opinions = tuple({**one, "person": names.get(one["by"], one["by"])} for one in row["opinions"])
    units = {unit.code: unit.short_name for unit in all_units(uow)}
    return ChangeView(
        dict(row), differences(row["base"], row["contents"], words_of(uow)), opinions,
        tuple(dict.fromkeys(uow.connection.scalars(open_tasks))), names.get(row["proposed_by"], ""), units,
    )  # fmt: skip
