"""The party of a decision: known by its number and name, kept up to date."""

from uuid import UUID

from sqlalchemy import insert, select, update

from workflows.intake.reading import Decision
from workflows.records.approvals import party
from workflows.uow import UnitOfWork


def party_of(uow: UnitOfWork, decision: Decision) -> UUID:
    """Return the id of the decision's party, stored or brought up to date in this transaction."""
    same = (
        (party.c.identity_kind == decision.identity_kind)
        & (party.c.identity_number == decision.identity_number)
        & (party.c.name == decision.party_name)
    )
    values = {"category": decision.party_category}
    values |= {
        column: decision.content[code]
        for column, code in (("contact", "contact_name"), ("phone", "contact_mobile"), ("address", "address"))
        if decision.content.get(code)
    }
    if decision.legal_representative:
        values["legal_representative"] = decision.legal_representative
    found = uow.connection.execute(select(party).where(same)).mappings().one_or_none()
    if found is not None:
        party_id: UUID = found["id"]
        changed = {column: value for column, value in values.items() if found[column] != value}
        if changed:
            uow.connection.execute(update(party).where(party.c.id == party_id).values(**changed))
        return party_id
    party_id = uow.new_id()
    row = {
        "id": party_id, "name": decision.party_name, "identity_kind": decision.identity_kind,
        "identity_number": decision.identity_number, "created_at": uow.now, **values,
    }  # fmt: skip
    uow.connection.execute(insert(party), row)
    return party_id
