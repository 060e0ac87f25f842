"""Sample audits of supervision acts: drawn so that anybody can repeat it, checked by persons of other units."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, func, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.devolved.quarters import first_working_instant, quarter_of
from workflows.draws import ZERO, Seal, commitment_of, digest_of, seal_of, sealed_proof
from workflows.performance.audit_pools import snapshot_of
from workflows.performance.periods import period_of, title_of
from workflows.performance.scope import scope_on
from workflows.policy import Actor, require
from workflows.process import Effect, TaskContext
from workflows.records.inspections import supervision_act
from workflows.records.performance import act_audit, audit_round
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import ZONE, UnitOfWork, local_day_of

RESULTS: Mapping[str, str] = {"true": "属实", "incomplete": "属实，材料不全", "false": "不实"}
STATES: Mapping[str, str] = {
    "collected": "待输入", "drawn": "核验中", "closed": "已结束", "empty": "没有监管行为",
}  # fmt: skip
KINDS: Mapping[str, str] = {"quarterly": "季度抽查", "special": "专项抽查"}
SECRETS = ("operator_text", "witness_text")
PROCESS = "act_audit"
_r = audit_round.c


def begin_audit_quarter(uow: UnitOfWork, _job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say which quarter's acts are drawn from now, and when the next one begins; nothing without duties."""
    now = quarter_of(local_day_of(uow.now))
    if not scope_on(uow, local_day_of(uow.now)):
        return {"has_duties": False}
    return {
        "has_duties": True,
        "audit_period": now.previous.name, "audit_title": f"{title_of(now.previous.name)}监管行为抽查核验",
        "audit_key": next_number(uow, rulebook.city.numbers[PROCESS], PROCESS),
        "next_quarter_at": first_working_instant(now.next, rulebook.calendar).isoformat(),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class StartAudit:
    """Audit the acts of a period out of turn; answers the round's number.

    Raises:
        NotAllowed: only the policy section and the leaders audit.
        FormInvalid: there is no such period.
    """

    actor: Actor
    period: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case."""
        require(self.actor, "policy_officer", "leader")
        period = period_of(self.rulebook, self.period)
        city = self.rulebook.city
        key = next_number(uow, city.numbers[PROCESS], PROCESS)
        variables = {
            "kind": "special", "period": period.name, "policy_unit": city.policy_unit, "business_key": key,
            "leader_unit": city.leader_unit, "discipline_unit": city.discipline_unit,
            "title": f"{title_of(period.name)}监管行为专项抽查核验",
        }  # fmt: skip
        trigger = StartTrigger("audit_due", "message", "act_audit_due")
        StartProcess(PROCESS, key, self.actor.login, variables, trigger=trigger).run(uow)
        return key


def collect_acts(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Lock all acts and all persons who may check, and show what binds the draw before anybody has a say."""
    given: Mapping[str, Any] = job.variables
    period = period_of(rulebook, str(given["period"]))
    rule = {name: int(float(str(given["sample"][name]))) for name in ("ratio", "least")}
    snapshot = snapshot_of(uow, job.business_key, period, rule)
    found, salt = digest_of(snapshot), secrets.token_hex(32)
    size = len(snapshot["objects"])
    row = {
        "id": uow.new_id(), "instance_id": job.instance_id, "business_key": job.business_key, "kind": given["kind"],
        "period": period.name, "snapshot": snapshot, "snapshot_hash": found, "salt": salt,
        "commitment": commitment_of(found, salt), "seals": [], "state": "collected" if size else "empty",
        "committed_at": uow.now, "closed_at": None if size else uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(audit_round), row)
    return {"round_id": str(row["id"]), "pool_size": size, "snapshot_hash": found, "commitment": row["commitment"]}


def seal_as(role: str) -> Effect:
    """Return what completing a person's step does: the text stays hidden until both have given theirs."""

    def seal(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
        row, who = _round(uow, task.variables), task.actor
        if any(one["person"] == who.login for one in row.seals):
            raise errors.SamePerson(reason="抽取人和见证人必须是两个人")
        nonce, text = secrets.token_hex(16), str(answers[f"{role}_text"])
        one = {
            "role": role, "person": who.login, "name": who.name, "nonce": nonce, "text": text,
            "seal": seal_of(row.commitment, role, who.login, nonce, text), "sealed_at": _written(uow.now),
        }  # fmt: skip
        _change(uow, row, seals=[*row.seals, one])
        return {f"{role}_seal": one["seal"]}

    return seal


def draw_acts(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Open both seals, draw the acts and who checks each, and keep the proof."""
    row = _round(uow, job.variables)
    seals = {one["role"]: Seal(**one) for one in row.seals}
    head = {"number": 1, "previous": ZERO, "name": f"{row.business_key}/1", "redraw": None,
            "drawn_at": _written(uow.now)}  # fmt: skip
    committed = {"commitment": row.commitment, "committed_at": _written(row.committed_at), "salt": row.salt}
    proof = sealed_proof(head, row.snapshot, committed, seals["operator"], seals["witness"])
    people = {one["id"]: one for one in row.snapshot["officers"]}
    units = {one[0]: one[1] for one in row.snapshot["objects"]}
    rows, subjects = [], []
    for place, (act, team) in enumerate(zip(proof["result"]["objects"], proof["result"]["teams"], strict=True), 1):
        who = people[team[0]]
        one = {
            "id": uow.new_id(), "round_id": row.id, "instance_id": row.instance_id, "act_id": UUID(act),
            "place": place, "audited_unit": units[act], "auditing_unit": who["unit"], "drawn_officer": who["id"],
            "is_false": False,
        }  # fmt: skip
        rows.append(one)
        subjects.append({
            "audit_id": str(one["id"]), "auditing_unit": who["unit"], "officer": who["name"],
            "stand_in": people[team[1]]["name"], **_described(uow, UUID(act)),
        })  # fmt: skip
    if rows:
        uow.connection.execute(insert(act_audit), rows)
    content = orjson.dumps(proof, option=orjson.OPT_INDENT_2).decode()
    _change(uow, row, proof=content, state="drawn", drawn_at=uow.now)
    return {"subjects": subjects, "proof_hash": proof["hash"]}


def _described(uow: UnitOfWork, act_id: UUID) -> dict[str, str]:
    act = uow.connection.execute(select(supervision_act).where(supervision_act.c.id == act_id)).one()
    return {
        "act": f"{act.item_code} {act.party_name}", "act_key": act.business_key,
        "act_day": local_day_of(act.happened_at).isoformat(),
    }  # fmt: skip


def audit(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was found; who belongs to the audited unit, or made the act, does not check it.

    Raises:
        SamePerson.
    """
    row = _audit(uow, task.variables)
    act = uow.connection.execute(select(supervision_act).where(supervision_act.c.id == row.act_id)).one()
    made = {str(one.get("login")) for one in act.officers}
    if row.audited_unit in task.actor.units or task.actor.login in made:
        raise errors.SamePerson(reason="核验人不能是被核验单位的人员或该监管行为的执法人员")
    values = {"result": answers["audit_result"], "note": answers["audit_note"], "audited_by": task.actor.login,
              "audited_at": uow.now, "is_false": answers["audit_result"] == "false"}  # fmt: skip
    uow.connection.execute(update(act_audit).where(act_audit.c.id == row.id).values(**values))
    return {}


def close_audit(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the round with how many acts were found to be what."""
    row = _round(uow, job.variables)
    mine = select(act_audit.c.result, func.count()).where(act_audit.c.round_id == row.id).group_by(act_audit.c.result)
    found = {str(result): int(number) for result, number in uow.connection.execute(mine)}
    _change(uow, row, state="closed", closed_at=uow.now)
    return {"audit_results": found}


def _round(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = _r.id == UUID(str(variables["round_id"]))
    return uow.connection.execute(select(audit_round).where(mine)).one()


def _audit(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = act_audit.c.id == UUID(str(variables["subject"]["audit_id"]))
    return uow.connection.execute(select(act_audit).where(mine)).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(audit_round).where(_r.id == row.id).values(**values))


def _written(instant: Any) -> str:
    return str(instant.astimezone(ZONE).isoformat(timespec="microseconds"))
