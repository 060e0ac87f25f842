"""What the demo shows of the libraries and of key areas: ratings, certificates that end, relations, key objects."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from workflows.bootstrap import Application
from workflows.desk.asking import Ask, Do
from workflows.directory import find_actor
from workflows.key_areas.signals import open_entry
from workflows.policy import Actor
from workflows.records.libraries import inspection_object, officer_certificate
from workflows.records.offices import officer
from workflows.uow import UnitOfWork, local_day_of

_RATINGS: Sequence[Mapping[str, str]] = (
    {"kind": "risk", "risk": "high", "reason": "演示：边坡高、毗邻道路"},
    {"kind": "risk", "risk": "medium", "reason": "演示：规模中等"},
    {"kind": "credit", "credit": "A", "reason": "演示：年度评价守信"},
    {"kind": "credit", "credit": "C", "reason": "演示：逾期未报告复垦情况"},
    {"kind": "risk", "risk": "low", "reason": "演示：整改到位"},
    {"kind": "credit", "credit": "B", "reason": "演示：年度评价"},
)
_ENTRY = {
    "entry_reason": "演示：边坡不稳，毗邻村庄",
    "legal_basis": "细则二（四）",
    "measures": "演示：专项检查、视频监控",
}
_ENDING = (-3, 20, 45)  # days until the first certificates of the squads end


def fill_libraries(app: Application) -> None:
    """Rate some objects, let certificates end, declare a relation, and bring mines into the key library."""
    people = app.engine.ask(Ask(_people))
    policy = [one for one in people if one.has("policy_officer")]
    leader = next(one for one in people if one.has("leader"))
    mines = app.engine.ask(Ask(_mines))
    if not mines:
        return
    today = local_day_of(app.engine.clock.now()).isoformat()
    for one, given in zip(mines, _RATINGS, strict=False):
        app.desk.libraries.rate(policy[0], one["id"], {**given, "source": "演示：信用平台", "valid_from": today})
    app.engine.execute(Do(_let_certificates_end))
    inspector = next(one for one in people if one.has("district_officer"))
    relation = {"login": inspector.login, "object_id": str(mines[-1]["id"]), "reason": "演示：近亲属任职",
                "valid_from": today}  # fmt: skip
    app.desk.officers.declare(inspector, relation)
    _fill_key_library(app, policy, mines[6:9])
    signal = {"source": "演示：12345", "kind": "complaint", "count": 3, "note": "演示：反映夜间开采"}
    app.desk.key_areas.note_signal(policy[0], mines[-1]["id"], signal)
    _fill_campaign(app, policy[0], leader, mines[0]["area"])
    app.jobs.run_due()


def _fill_key_library(app: Application, policy: Sequence[Actor], mines: Sequence[Any]) -> None:
    for place, one in enumerate(mines):
        if app.engine.ask(Ask(lambda uow, one=one: open_entry(uow, one["id"]))):  # type: ignore[misc]
            continue
        number = app.desk.key_areas.propose(policy[-1], one["id"], _ENTRY)
        for row in app.desk.worklist.of_case(policy[0], number) if place else ():
            if row.task_id is not None:
                app.desk.tasks.complete(policy[0], row.task_id, {"decision": "approve"})


def _fill_campaign(app: Application, policy: Actor, leader: Actor, area: str) -> None:
    over = local_day_of(app.engine.clock.now()) + timedelta(days=30)
    item = app.desk.libraries.choices(policy)["item_options"]
    mine = next(one["value"] for one in item if "采矿权" in one["label"])
    given = {"name": "演示：汛前矿山边坡专项检查", "kind": "special", "item_code": mine, "areas": [area],
             "ends_on": over.isoformat(), "reason": "演示：汛前排查边坡和排土场"}  # fmt: skip
    number = app.desk.key_areas.propose_campaign(policy, given)
    for row in app.desk.worklist.of_case(leader, number):
        if row.task_id is not None:
            app.desk.tasks.complete(leader, row.task_id, {"decision": "approve"})


def _people(uow: UnitOfWork) -> tuple[Actor, ...]:
    logins = list(uow.connection.scalars(select(officer.c.login).where(officer.c.is_demo).order_by(officer.c.login)))
    return tuple(actor for actor in (find_actor(uow, login) for login in logins) if actor is not None)


def _mines(uow: UnitOfWork) -> list[Any]:
    o = inspection_object.c
    rows = select(o.id, o.name, o.area).where(o.kind == "mine", o.source == "file").order_by(o.area, o.name)
    return [dict(row) for row in uow.connection.execute(rows).mappings()]


def _let_certificates_end(uow: UnitOfWork) -> None:
    """Give the first certificates of the squads the days that the warning list is there for."""
    c = officer_certificate.c
    squads = (row.login for row in uow.connection.execute(
        select(officer.c.login, officer.c.roles).where(officer.c.is_demo).order_by(officer.c.login)
    ) if set(row.roles) & {"squad_officer", "squad_head"})  # fmt: skip
    today = local_day_of(uow.now)
    for login, left in zip(squads, _ENDING, strict=False):
        ends = today + timedelta(days=left)
        uow.connection.execute(update(officer_certificate).where(c.login == login).values(expires_on=ends))
