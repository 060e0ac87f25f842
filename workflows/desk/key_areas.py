"""Key areas for people and programs: the library, its coverage, campaigns, signals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.items import items_on
from workflows.key_areas import coverage
from workflows.key_areas.campaigns import PROPOSERS, ProposeCampaign
from workflows.key_areas.cycles import cycle_of
from workflows.key_areas.entries import RequestDelisting
from workflows.key_areas.signals import RecordSignal, ReviewObject, SignalKept, open_entry
from workflows.libraries.access import KEEPERS, require_keeper, sees_city, visible
from workflows.libraries.identity import KINDS
from workflows.policy import Actor, require
from workflows.records.key_areas import key_check, key_entry
from workflows.records.libraries import inspection_object
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Line = Mapping[str, Any]
PROCESS, CAMPAIGN = "key_supervision", "key_campaign"
SENDERS = (*KEEPERS, "squad_officer", "squad_head", "administrator", "leader")


@dataclass(frozen=True, slots=True)
class CoverageView:
    """A cycle with its numbers by unit, and the list that was asked for."""

    cycle: str
    cycles: tuple[str, ...]
    units: tuple[coverage.Coverage, ...]
    due: int
    checked: int
    missed: int
    lines: tuple[Line, ...]
    names: Mapping[str, str]


class KeyAreaDesk:
    """Answers and moves key supervision."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def entries(self, actor: Actor, state: str = "") -> list[Line]:
        """Return the cases of the key library the person may see."""
        return self._engine.ask(Ask(lambda uow: coverage.entries(uow, _units(actor), state)))

    def entry(self, actor: Actor, number: str) -> tuple[Line, list[Line], Line]:
        """Return a case of the key library, its checks by cycle and its object.

        Raises:
            CaseNotFound: there is none, or it is another unit's.
        """

        def read(uow: UnitOfWork) -> tuple[Line, list[Line], Line]:
            row = _entry(uow, actor, number)
            mine = select(key_check).where(key_check.c.entry_id == row.id).order_by(key_check.c.begins_at.desc())
            done: list[Line] = [dict(one) for one in uow.connection.execute(mine).mappings()]
            about = select(inspection_object).where(inspection_object.c.id == row.object_id)
            return dict(row._mapping), done, dict(uow.connection.execute(about).mappings().one())

        return self._engine.ask(Ask(read))

    def coverage(self, actor: Actor, cycle: str = "", which: str = "all", unit: str = "") -> CoverageView:
        """Return the coverage of a cycle (none given: the current one) with the list behind it."""

        def read(uow: UnitOfWork) -> CoverageView:
            mine, known = _units(actor), coverage.cycles(uow)
            name = cycle if cycle in known else cycle_of(self._rulebook, uow.now)[0]
            if name not in known and known:
                name = known[0]
            found = coverage.coverage(uow, name, mine)
            listed = [unit] if unit and (mine is None or unit in mine) else mine
            lines = tuple(coverage.checks(uow, name, listed, which))
            return CoverageView(
                name, tuple(known), tuple(found), sum(one.due for one in found), sum(one.checked for one in found),
                sum(one.missed for one in found), lines, _names(uow),
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def campaigns(self, actor: Actor) -> list[Line]:
        """Return the campaigns that concern the person's unit."""
        return self._engine.ask(Ask(lambda uow: coverage.campaigns(uow, _units(actor))))

    def campaign(self, actor: Actor, number: str) -> tuple[Line, list[Line], Mapping[str, str]]:
        """Return a campaign with its list; a unit sees its own lines, who proposed it sees all.

        Raises:
            CaseNotFound: there is none, or it does not concern the person's unit.
        """

        def read(uow: UnitOfWork) -> tuple[Line, list[Line], Mapping[str, str]]:
            mine = _units(actor)
            found = next((one for one in coverage.campaigns(uow, mine) if one["number"] == number), None)
            if found is None:
                raise errors.CaseNotFound(campaign=number)
            own = mine is None or found["unit"] in mine
            return found, coverage.campaign_lines(uow, found["id"], None if own else mine), _names(uow)

        return self._engine.ask(Ask(read))

    def signals(self, actor: Actor) -> list[Line]:
        """Return the newest signals about the objects of the person's units."""
        return self._engine.ask(Ask(lambda uow: coverage.signals(uow, _units(actor))))

    def fields(self, actor: Actor, form: str, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return a form: start, request_delisting, signal, or the one of a campaign."""
        process, name = (CAMPAIGN, "start") if form == "campaign" else (PROCESS, form)
        return self._forms.get(process, name).fields_for(self._context(actor), answers)

    def propose(self, actor: Actor, object_id: UUID, answers: Mapping[str, Any], *, key: str = "") -> str:
        """Propose an object by hand; answers the case's number. The same key proposes once.

        Raises:
            FormInvalid: the object stands in the library or is being weighed.
        """
        require(actor, *KEEPERS)
        given = self._checked(actor, "start", answers)

        def act(uow: UnitOfWork) -> str:
            row = visible(uow, actor, object_id, self._rulebook.city.area)
            require_keeper(actor, row.unit)
            if known := open_entry(uow, row.id):
                message = f"该对象已在库或正在研判（{known}）"
                raise errors.FormInvalid(errors=[{"field": "entry_reason", "message": message}])
            return str(ReviewObject(row.id, "manual", actor.login, self._rulebook, given).run(uow))

        return self._numbered(actor, key, fingerprint_of("key-entry", str(object_id), answers), Do(act))

    def request_delisting(self, actor: Actor, number: str, answers: Mapping[str, Any]) -> str:
        """Ask that an object leaves the key library."""
        require(actor, *KEEPERS)
        given = self._checked(actor, "request_delisting", answers)

        def act(uow: UnitOfWork) -> str:
            row = _entry(uow, actor, number)
            require_keeper(actor, row.unit)
            if row.state != "standing":
                raise errors.DelistingTooEarly(number=number)
            return RequestDelisting(actor, row, given).run(uow)

        return self._engine.execute(Do(act))

    def send_signal(self, actor: Actor, signal: Mapping[str, Any], *, key: str = "") -> SignalKept:
        """Take a signal from a program; the same key answers a repetition with the first result.

        Raises:
            ObjectNotFound: there is no such object, or it is another area's.
        """
        require(actor, *SENDERS)

        def act(uow: UnitOfWork) -> SignalKept:
            visible(uow, actor, UUID(str(signal["object_id"])), self._rulebook.city.area)
            return RecordSignal(signal, actor.login, self._rulebook).run(uow)

        if not key:
            return self._engine.execute(Do(act))
        plain = {name: None if value is None else str(value) for name, value in signal.items()}
        done = self._engine.execute(Once(Do(act), actor.login, key, fingerprint_of("signal", plain), _encode))
        review = done.result["review"]
        known = done.was_replayed or bool(done.result["was_known"])
        return SignalKept(UUID(str(done.result["signal_id"])), str(review) if review else None, known)

    def note_signal(self, actor: Actor, object_id: UUID, answers: Mapping[str, Any]) -> SignalKept:
        """Take a signal that a person typed."""
        given = self._checked(actor, "signal", answers)
        count = int(float(str(given["count"])))
        return self.send_signal(actor, {**given, "count": count, "object_id": str(object_id)})

    def propose_campaign(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> str:
        """Propose a campaign; a unit below the city proposes for its own area only."""
        require(actor, *PROPOSERS)
        context = self._context(actor)
        given = self._forms.get(CAMPAIGN, "start").validate(answers, context)
        areas = tuple(given["areas"] or ())
        if not areas and not sees_city(actor, self._rulebook.city.area):
            areas = (actor.area,)
        command = ProposeCampaign(actor, given, areas, self._rulebook)
        return self._numbered(actor, key, fingerprint_of("campaign", answers), command)

    def _numbered(self, actor: Actor, key: str, fingerprint: str, command: Any) -> str:
        if not key:
            return str(self._engine.execute(command))
        once = Once(command, actor.login, key, fingerprint, lambda one: {"number": one})
        return str(self._engine.execute(once).result["number"])

    def _checked(self, actor: Actor, form: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        return self._forms.get(PROCESS, form).validate(answers, self._context(actor))

    def _context(self, actor: Actor) -> dict[str, Any]:
        city = self._rulebook.city

        def read(uow: UnitOfWork) -> dict[str, Any]:
            wide, today = sees_city(actor, city.area), local_day_of(uow.now)
            return {
                "items": [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)],
                "area_options": [{"value": code, "label": name} for code, name in city.divisions.items()
                          if wide or code == actor.area],
                "kinds": [{"value": code, "label": name} for code, name in KINDS.items()],
                "today": today.isoformat(),
            }  # fmt: skip

        return self._engine.ask(Ask(read))


def _encode(done: SignalKept) -> dict[str, object]:
    return {"signal_id": str(done.signal_id), "review": done.review, "was_known": done.was_known}


def _units(actor: Actor) -> tuple[str, ...] | None:
    """Return whose objects a person sees: everybody's for an overseer, else those of the own units."""
    return None if actor.oversees or actor.has("administrator") else actor.units


def _names(uow: UnitOfWork) -> dict[str, str]:
    return {one.code: one.short_name for one in all_units(uow)}


def _entry(uow: UnitOfWork, actor: Actor, number: str) -> Any:
    row = uow.connection.execute(select(key_entry).where(key_entry.c.number == number)).one_or_none()
    mine = _units(actor)
    if row is None or (mine is not None and row.unit not in mine):
        raise errors.CaseNotFound(case=number)
    return row
