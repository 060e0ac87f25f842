"""Items in other hands: the register, the units' reviews, and both sides of each file in one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.devolved import RegisterDelegation, StartReview, TakeBack
from workflows.devolved.files import described
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.items import items_on
from workflows.policy import Actor, require
from workflows.records.cases import duty, transfer
from workflows.records.devolved import delegation, devolved_file, devolved_review
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
KEEPERS = ("policy_officer", "leader")
PROCESS = "devolved_review"


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit with delegated items and how its last review went."""

    code: str
    name: str
    items: int
    reviews: int
    last: Row | None
    lowest: int | None


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of a sample: what the office decided, and what the holder of the permit does with it."""

    place: int
    about: Any
    file: Row
    duties: tuple[Row, ...]
    transfers: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review with its sample."""

    review: Row
    unit_name: str
    files: tuple[FileLine, ...]


class DevolvedDesk:
    """Answers who has which items and how well, and keeps the register."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def units(self, actor: Actor) -> tuple[UnitLine, ...]:
        """Return the units the person may see, with their last review."""
        return self._engine.ask(Ask(lambda uow: tuple(_line(uow, code, name) for code, name in _mine(uow, actor))))

    def register(self, actor: Actor, unit: str = "") -> tuple[Row, ...]:
        """Return the delegations of the units the person may see, the current ones first."""

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            names = {one.code: one.name for one in items_on(uow, local_day_of(uow.now))}
            seen = [code for code, _ in _mine(uow, actor) if unit in ("", code)]
            rows = uow.connection.execute(
                select(delegation)
                .where(delegation.c.unit.in_(seen))
                .order_by(delegation.c.valid_to.is_not(None), delegation.c.unit, delegation.c.item_code)
            ).mappings()
            return tuple({**row, "item_name": names.get(row["item_code"], row["item_code"])} for row in rows)

        return self._engine.ask(Ask(read))

    def reviews(self, actor: Actor, unit: str) -> tuple[Row, ...]:
        """Return a unit's reviews, the newest first.

        Raises:
            CaseNotFound: the unit is not one the person may see.
        """

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            _require_unit(uow, actor, unit)
            lowest = select(devolved_file.c.review_id, func.min(devolved_file.c.score).label("lowest"))
            scores = {row.review_id: row.lowest for row in uow.connection.execute(lowest.group_by("review_id"))}
            rows = uow.connection.execute(
                select(devolved_review)
                .where(devolved_review.c.unit == unit)
                .order_by(devolved_review.c.started_at.desc())
                .limit(100)
            ).mappings()
            return tuple({**row, "lowest": scores.get(row["id"])} for row in rows)

        return self._engine.ask(Ask(read))

    def review(self, actor: Actor, review_id: UUID) -> ReviewView:
        """Return a review with both sides of every file.

        Raises:
            CaseNotFound: there is none, or its unit is not one the person may see.
        """
        return self._engine.ask(Ask(lambda uow: _view(uow, actor, review_id)))

    def fields(self, actor: Actor, form: str, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return one of the part's forms: start, delegation or take_back."""
        require(actor, *KEEPERS)
        return self._forms.get(PROCESS, form).fields_for(self._context(actor), answers)

    def delegate(self, actor: Actor, answers: Mapping[str, Any]) -> UUID:
        """Check and register a delegation.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy.
        """
        require(actor, *KEEPERS)
        return self._engine.execute(
            RegisterDelegation(actor, self._checked(actor, "delegation", answers), self._rulebook)
        )

    def take_back(self, actor: Actor, delegation_id: UUID, answers: Mapping[str, Any]) -> None:
        """Check and register that an item goes back."""
        require(actor, *KEEPERS)
        checked = self._checked(actor, "take_back", answers)
        day = date.fromisoformat(str(checked["valid_to"]))
        self._engine.execute(TakeBack(actor, delegation_id, day, str(checked["note"])))

    def start(self, actor: Actor, unit: str, answers: Mapping[str, Any]) -> str:
        """Start a review out of turn; answers its number."""
        require(actor, *KEEPERS)
        return self._engine.execute(StartReview(actor, unit, self._checked(actor, "start", answers), self._rulebook))

    def _checked(self, actor: Actor, form: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        return self._forms.get(PROCESS, form).validate(answers, self._context(actor))

    def _context(self, actor: Actor) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            items = [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)]
            units = [{"value": one.code, "label": one.name, "kind": one.kind} for one in all_units(uow)]
            return {"items": items, "units": units, "today": today.isoformat(), "actor_name": actor.name}

        return self._engine.ask(Ask(read))


def _mine(uow: UnitOfWork, actor: Actor) -> list[tuple[str, str]]:
    """Return code and name of the units with delegations that the person may see."""
    having = set(uow.connection.scalars(select(delegation.c.unit).distinct()))
    seen = [one for one in all_units(uow) if one.code in having]
    return [(one.code, one.short_name) for one in seen if actor.oversees or one.code in actor.units]


def _require_unit(uow: UnitOfWork, actor: Actor, unit: str) -> None:
    if unit not in {code for code, _ in _mine(uow, actor)}:
        raise errors.CaseNotFound(unit=unit)


def _line(uow: UnitOfWork, code: str, name: str) -> UnitLine:
    today = local_day_of(uow.now)
    current = (delegation.c.unit == code) & (delegation.c.valid_to.is_(None) | (delegation.c.valid_to > today))
    items = uow.connection.scalar(select(func.count()).select_from(delegation).where(current)) or 0
    rows = uow.connection.execute(
        select(devolved_review).where(devolved_review.c.unit == code).order_by(devolved_review.c.started_at.desc())
    ).mappings().all()  # fmt: skip
    last: Row | None = dict(rows[0]) if rows else None
    mine = devolved_file.c.review_id == (last["id"] if last else None)
    lowest = uow.connection.scalar(select(func.min(devolved_file.c.score)).where(mine)) if last else None
    return UnitLine(code, name, items, len(rows), last, lowest)


def _view(uow: UnitOfWork, actor: Actor, review_id: UUID) -> ReviewView:
    units = [code for code, _ in _mine(uow, actor)]
    mine = (devolved_review.c.id == review_id) & devolved_review.c.unit.in_(units)
    found = uow.connection.execute(select(devolved_review).where(mine)).mappings().first()
    if found is None:
        raise errors.CaseNotFound(review=str(review_id))
    files = uow.connection.execute(
        select(devolved_file).where(devolved_file.c.review_id == review_id).order_by(devolved_file.c.place)
    ).mappings().all()  # fmt: skip
    ids = [file["approval_id"] for file in files]
    about, duties, transfers = described(uow, ids), _by_approval(uow, duty, ids), _by_approval(uow, transfer, ids)
    lines = tuple(
        FileLine(file["place"], about[key], dict(file), tuple(duties.get(key, ())), tuple(transfers.get(key, ())))
        for file, key in zip(files, ids, strict=True)
    )
    names = {one.code: one.short_name for one in all_units(uow)}
    return ReviewView(dict(found), names[found["unit"]], lines)


def _by_approval(uow: UnitOfWork, table: Any, ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    for row in uow.connection.execute(select(table).where(table.c.approval_id.in_(ids))).mappings():
        found.setdefault(row["approval_id"], []).append(dict(row))
    return found
