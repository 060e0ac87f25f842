"""The catalogue and what is done for it: items claimed and described, checks and acts for each, persons registered."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, union_all

from engine.store.tables import UtcDateTime
from workflows.performance.sql import ACT, Window, filled, joined, listed, proven, scope_table
from workflows.records.catalogue import catalogue_batch, catalogue_row
from workflows.records.key_areas import key_check
from workflows.records.libraries import inspection_object, officer_certificate
from workflows.records.offices import item, officer, unit
from workflows.uow import local_day_of

_ELEMENTS = ("basis", "object", "measure", "handling", "frequency", "level")
_LISTS = ("modes", "checks")
_NO_CASE = literal(None)


def _start(window: Window) -> Any:
    return literal(window.begins_at, UtcDateTime())


def _duties(window: Window, hit: Any, scope: Any) -> Select[Any]:
    s = scope.c
    return listed(
        key=joined(s.item_code, "/", s.unit), unit=s.unit, area=s.area, at=_start(window), hit=hit,
        label=joined(s.item_code, " ", s.item_name), case_key=_NO_CASE,
    ).where(s.item_code != "")  # fmt: skip


def items_claimed(window: Window) -> Select[Any]:
    """Duties of the catalogue; hit: the item was claimed and confirmed."""
    scope = scope_table(window)
    return _duties(window, scope.c.is_confirmed == 1, scope)


def _acted(window: Window, scope: Any, *conditions: Any) -> ColumnElement[bool]:
    return exists().where(
        ACT.item_code == scope.c.item_code, ACT.unit == scope.c.unit, window.covers(ACT.happened_at), *conditions,
        proven(),
    )  # fmt: skip


def items_checked(window: Window) -> Select[Any]:
    """Duties of the catalogue; hit: at least one inspection that counts."""
    scope = scope_table(window)
    return _duties(window, _acted(window, scope, ACT.kind == "inspection"), scope)


def items_acted(window: Window) -> Select[Any]:
    """Duties of the catalogue; hit: at least one act that counts, of whatever kind."""
    scope = scope_table(window)
    return _duties(window, _acted(window, scope), scope)


def acts_proven(window: Window) -> Select[Any]:
    """All acts; hit: it counts. Those that do not are listed, not hidden."""
    return listed(
        key=ACT.id, unit=ACT.unit, area=ACT.area, at=ACT.happened_at, case_key=ACT.business_key, hit=proven(),
        label=joined(ACT.item_code, " ", ACT.party_name),
    ).where(window.covers(ACT.happened_at))  # fmt: skip


def _items(window: Window, scope: Any, hit: Any, label: Any) -> Select[Any]:
    """Return the items in force on the window's last day, at the unit that leads them."""
    day = local_day_of(min(window.now, window.ends_at))
    newer = item.alias("newer")
    in_force = and_(item.c.valid_from <= day, or_(item.c.valid_to.is_(None), item.c.valid_to > day))
    older = exists().where(
        newer.c.code == item.c.code, newer.c.version > item.c.version, newer.c.valid_from <= day,
        or_(newer.c.valid_to.is_(None), newer.c.valid_to > day),
    )  # fmt: skip
    return (
        listed(key=joined(item.c.code, "/", label, "/", scope.c.unit), unit=scope.c.unit, area=scope.c.area,
               at=_start(window), label=joined(item.c.code, " ", item.c.name, " ", label), hit=hit,
               case_key=_NO_CASE)
        .select_from(item)
        .join(scope, and_(scope.c.item_code == item.c.code, scope.c.leads == 1))
        .where(in_force, ~older)
    )  # fmt: skip


def lists_made(window: Window) -> Select[Any]:
    """Items; hit: the list of its checks is made."""
    return _items(window, scope_table(window), filled(item.c.checks), literal("检查实施清单"))


def elements_filled(window: Window) -> Select[Any]:
    """Elements that each item must have; hit: it is filled in."""
    names = {"basis": "依据", "object": "对象", "measure": "措施", "handling": "处理", "frequency": "频次",
             "level": "层级", "modes": "方式", "checks": "检查实施清单"}  # fmt: skip
    scope = scope_table(window)
    parts = [_items(window, scope, item.c[name] != "", literal(names[name])) for name in _ELEMENTS]
    parts += [_items(window, scope, filled(item.c[name]), literal(names[name])) for name in _LISTS]
    return select(union_all(*parts).subquery("elements"))


def elements_correct(window: Window) -> Select[Any]:
    """Rows of catalogue files that were checked; hit: not refused."""
    row, batch = catalogue_row.c, catalogue_batch.c
    return (
        listed(key=joined(row.item_code, "/", row.sheet, "/", batch.file_hash), unit=batch.unit, area=unit.c.area,
               at=batch.created_at, label=joined(row.item_code, " ", batch.file_name), case_key=row.business_key,
               hit=row.outcome != "refused")
        .select_from(catalogue_row)
        .join(catalogue_batch, batch.id == row.batch_id)
        .join(unit, unit.c.code == batch.unit)
        .where(window.covers(batch.created_at))
    )  # fmt: skip


def certified_registered(window: Window) -> Select[Any]:
    """Certificates in force; hit: its holder can sign in. Listed by number: nobody is ranked."""
    c, day = officer_certificate.c, local_day_of(min(window.now, window.ends_at))
    return (
        listed(key=c.number, unit=c.unit, area=unit.c.area, at=_start(window), case_key=_NO_CASE,
               label=joined("执法证 ", c.number), hit=officer.c.is_active)
        .select_from(officer_certificate)
        .join(officer, officer.c.login == c.login)
        .join(unit, unit.c.code == c.unit)
        .where(c.issued_on <= day, c.expires_on >= day, or_(c.revoked_on.is_(None), c.revoked_on > day))
    )  # fmt: skip


def key_covered(window: Window) -> Select[Any]:
    """Checks of the key library whose cycle ended; hit: done in it."""
    k = key_check.c
    over = k.ends_at <= window.now
    return (
        listed(key=k.id, unit=k.unit, area=k.area, at=k.ends_at, case_key=k.inspection_number, hit=and_(
               k.checked_at.is_not(None), k.missed_at.is_(None)),
               label=joined(inspection_object.c.name, " ", k.cycle))
        .select_from(key_check)
        .join(inspection_object, inspection_object.c.id == k.object_id)
        .where(window.covers(k.ends_at), k.entry_id.is_not(None), or_(over, k.checked_at.is_not(None)))
    )  # fmt: skip
