"""The audit for whoever audits the platform: search, reckon chains again, export; each of these is a record itself."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from engine.process_engine import ProcessEngine
from workflows.audit.checking import Checked, check_cases, check_from
from workflows.audit.exporting import Export
from workflows.audit.kinds import ACCESS
from workflows.audit.noting import note
from workflows.audit.reads import Reads, ReadsAsked, as_file, find_reads
from workflows.audit.sealing import Sealer
from workflows.audit.search import AuditFilter, AuditPage, SealState, find, instances_of, state_of
from workflows.desk.asking import Ask, Do
from workflows.policy import Actor, require

AUDITORS = ("audit_administrator",)
AT_ONCE = 20_000  # records that one question reckons again: a few seconds


class AuditDesk:
    """Every call raises ``NotAllowed`` for others, and notes who looked for what before it answers."""

    def __init__(self, engine: ProcessEngine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def find(self, actor: Actor, wanted: AuditFilter) -> AuditPage:
        """Return the records that are looked for, newest first.

        Raises:
            FormInvalid: too many days.
        """
        require(actor, *AUDITORS)
        page = self._engine.ask(Ask(lambda uow: find(uow, wanted)))
        given = {key: str(value) for key, value in asdict(wanted).items() if value and key not in ("after", "limit")}
        self._note(actor, "audit-read", wanted.case, given)
        return page

    def state(self, actor: Actor) -> SealState:
        """Return how far sealing and signing have come."""
        require(actor, *AUDITORS)
        return self._engine.ask(Ask(state_of))

    def check_case(self, actor: Actor, case: str) -> Checked:
        """Seal what waits and reckon the chains of a case again.

        Raises:
            CaseNotFound.
        """
        require(actor, *AUDITORS)
        self._sealer.seal()
        found = self._engine.ask(Ask(lambda uow: check_cases(uow.connection, instances_of(uow, case))))
        self._note(actor, "audit-checked", case, _told(found))
        return found

    def check(self, actor: Actor, place: str = "") -> Checked:
        """Reckon the next twenty thousand records of all chains again, from a place on; at the beginning the roots."""
        require(actor, *AUDITORS)
        if not place:
            self._sealer.seal()
        found = self._engine.ask(Ask(lambda uow: check_from(uow.connection, place, AT_ONCE)))
        self._note(actor, "audit-checked", "", {"from": place, **_told(found)})
        return found

    def export(self, actor: Actor) -> Iterator[bytes]:
        """Note it, seal and sign everything, and answer the lines."""
        require(actor, *AUDITORS)
        self._note(actor, "audit-exported", "", {})
        self._sealer.seal()
        self._sealer.sign()
        return Export(self._engine).lines()

    def reads(self, actor: Actor, asked: ReadsAsked) -> Reads:
        """Return who read what about a case or a party; the record of the question names the cases, not the party.

        Raises:
            FormInvalid: neither is named.
        """
        require(actor, *AUDITORS)
        found = self._engine.ask(Ask(lambda uow: find_reads(uow, asked)))
        self._note(actor, "reads-asked", asked.case, _told_of_reads(asked, found))
        return found

    def reads_file(self, actor: Actor, asked: ReadsAsked, kind: str) -> bytes:
        """Return the same as ``xlsx`` or ``csv``.

        Raises:
            FormInvalid: neither is named.
        """
        require(actor, *AUDITORS)
        found = self._engine.ask(Ask(lambda uow: find_reads(uow, asked)))
        self._note(actor, "reads-exported", asked.case, {"format": kind, **_told_of_reads(asked, found)})
        return as_file(found, kind)

    def _note(self, actor: Actor, kind: str, about: str, detail: Mapping[str, object]) -> None:
        self._engine.execute(Do(lambda uow: note(uow, ACCESS, kind, actor.login, about, detail)))


def _told(found: Checked) -> dict[str, object]:
    broken = None if found.broken is None else f"{found.broken.chain} {found.broken.seq}"
    return {"chains": found.chains, "records": found.records, "broken": broken}


def _told_of_reads(asked: ReadsAsked, found: Reads) -> dict[str, object]:
    return {
        "by": "case" if asked.case else "party", "cases": list(found.cases), "records": len(found.lines),
        "first": str(asked.first or ""), "last": str(asked.last or ""),
    }  # fmt: skip
