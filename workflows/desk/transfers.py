"""Register leads."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.commands.register_lead import LeadRegistered, RegisterLead
from workflows.desk.asking import Ask
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.jurisdiction import if_seen
from workflows.policy import Actor, require
from workflows.records.approvals import approval, party
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

FINDERS = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head")


class TransferDesk:
    """Takes leads down and starts their cases."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def fields(self, actor: Actor, case: str = "", answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return the form for a new lead, filled from a case when one is given."""
        context = self._context(actor, case)
        return self._forms.get("case_transfer", "start").fields_for(context, answers)

    def register(self, actor: Actor, answers: Mapping[str, Any], case: str = "", *, key: str = "") -> LeadRegistered:
        """Check and register a lead; the same key answers a repetition with the first result.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy.
            CaseNotFound: there is no such case, or it does not concern the actor's unit.
        """
        require(actor, *FINDERS)
        context = self._context(actor, case)
        lead = self._forms.get("case_transfer", "start").validate(answers, context)
        evidence = [{"name": line.strip(), "kind": "document", "note": ""}
                    for line in str(lead.get("evidence") or "").splitlines() if line.strip()]  # fmt: skip
        command = RegisterLead(actor, {**lead, "evidence": evidence}, self._rulebook, context.get("approval_id"))
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("lead", case, answers), _encode)
        done = self._engine.execute(once)
        transfer_id, number = UUID(str(done.result["transfer_id"])), str(done.result["business_key"])
        return LeadRegistered(transfer_id, number, done.was_replayed)

    def _context(self, actor: Actor, case: str) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            units = [
                {"value": unit.code, "label": unit.name, "kind": unit.kind, "area": unit.area}
                for unit in all_units(uow)
            ]
            found = _approval(uow, actor, case) if case else None
            about = {} if found is None else {
                "approval_id": found.id, "project_name": found.project_name, "project_no": found.project_no,
                "site": found.site, "area": found.area, "party_name": found.party_name,
            }  # fmt: skip
            return {
                "units": units, "actor_name": actor.name, "actor_area": actor.area, "actor_unit": actor.unit,
                "areas": [{"value": c, "label": n} for c, n in self._rulebook.city.divisions.items()],
                "today": local_day_of(uow.now).isoformat(), "now": uow.now.isoformat(), **about,
            }  # fmt: skip

        return self._engine.ask(Ask(read))


def _encode(done: LeadRegistered) -> dict[str, object]:
    return {"transfer_id": str(done.transfer_id), "business_key": done.business_key}


def _approval(uow: UnitOfWork, actor: Actor, case: str) -> Any:
    found = uow.connection.execute(
        select(approval, party.c.name.label("party_name"))
        .join(party, party.c.id == approval.c.party_id)
        .where(approval.c.business_key == case)
    ).first()
    row = if_seen(uow, actor, found, lambda one: one.instance_id)
    if row is None:
        raise errors.CaseNotFound(case=case)
    return row
