"""The whole values of a case's personal data: for a reason, to whom the rule lets see them, and each look is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, select

from engine.queries.instances import ListInstances
from engine.store.tables import metadata
from workflows import errors
from workflows.audit.kinds import ACCESS
from workflows.audit.noting import note
from workflows.engine_admin.access import reason_of
from workflows.identifiers import masked
from workflows.jurisdiction import if_seen
from workflows.policy import Actor
from workflows.privacy.veil import Kind, Source, may_reveal, rules
from workflows.uow import UnitOfWork

MOST = 50


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """One value, and where it stands."""

    source: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class RevealPersonalData:
    """Answer the personal data of a case in full; who looked, when, at which and why is a record of the audit.

    Raises:
        CaseNotFound: there is none, or it does not concern the person.
        NotAllowed: the person's role does not need them.
        FormInvalid: the reason is missing.
    """

    actor: Actor
    business_key: str
    reason: str

    def run(self, uow: UnitOfWork) -> tuple[PersonalValue, ...]:
        """Note it and answer."""
        require_own(uow, self.actor, self.business_key)
        kinds = may_reveal(self.actor)
        if not kinds:
            raise errors.NotAllowed(reason="您的角色不能查看完整的个人信息")
        why, found = masked(reason_of(self.reason)), list(_values(uow, self.business_key, kinds))
        which = list(dict.fromkeys(f"{place.table}.{column}" for place, column, _, _ in found))
        note(uow, ACCESS, "personal-read", self.actor.login, self.business_key, {"reason": why, "fields": which})
        shown = dict.fromkeys(PersonalValue(place.title, kind.title, value) for place, _, kind, value in found)
        return tuple(shown)


def require_own(uow: UnitOfWork, actor: Actor, business_key: str) -> None:
    """Refuse a case that does not concern the person as if it did not exist.

    Raises:
        CaseNotFound.
    """
    found = ListInstances(business_key).run(uow)
    if if_seen(uow, actor, found[0] if found else None, lambda one: one.id) is None:
        raise errors.CaseNotFound(case=business_key)


def _values(uow: UnitOfWork, business_key: str, kinds: Sequence[Kind]) -> Iterator[tuple[Source, str, Kind, str]]:
    for place in rules().sources:
        kind_of = {column: rules().kind_of(column) for column in place.columns}
        for row in uow.connection.execute(statement_for(place, business_key)).mappings():
            for column, kind in kind_of.items():
                if kind is not None and kind in kinds and row[column]:
                    yield place, column, kind, str(row[column])


def statement_for(place: Source, business_key: str) -> Select[Any]:
    """Return the statement that reads a source for one case."""
    table: Table = metadata.tables[place.table]
    statement = select(*(table.c[column] for column in place.columns)).limit(MOST)
    if not place.through:
        return statement.where(table.c[place.key] == business_key)
    name, _, column = place.through.partition(".")
    between = metadata.tables[name]
    return statement.join(between, between.c[column] == table.c.id).where(between.c[place.key] == business_key)
