"""Who may inspect, whom they avoid, and what they look at: certificates, relations and check sheets."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.desk.libraries import PROCESS, Kept
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.items import assignment_for, item_for, items_on
from workflows.libraries.registers import (
    KEEPERS,
    DeclareRelation,
    RegisterCertificate,
    RevokeCertificate,
    certificates,
    relations,
)
from workflows.libraries.sheets import CheckSheet, WriteSheet, sheet_version, sheet_versions, sheets_on
from workflows.policy import Actor, require
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Line = Mapping[str, Any]
EDITORS = ("section_head", "policy_officer")
_MARKS = "*＊"


class OfficerDesk:
    """Answers and keeps the registers of officers and the check sheets."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def certificates(self, actor: Actor) -> list[Line]:
        """Return the officers with their certificates: all for overseers, else those of the own unit."""
        units = None if actor.oversees or actor.has("administrator") else actor.units
        return self._engine.ask(Ask(lambda uow: certificates(uow, units)))

    def relations(self, actor: Actor) -> list[Line]:
        """Return the relations the person may know."""
        return self._engine.ask(Ask(lambda uow: relations(uow, actor)))

    def sheets(self, _actor: Actor) -> list[tuple[str, str, CheckSheet | None]]:
        """Return code and name of every item with its sheet of today."""

        def read(uow: UnitOfWork) -> list[tuple[str, str, CheckSheet | None]]:
            today = local_day_of(uow.now)
            found = sheets_on(uow, today)
            return [(one.code, one.name, found.get(one.code)) for one in items_on(uow, today)]

        return self._engine.ask(Ask(read))

    def sheet(self, _actor: Actor, item_code: str, version: int | None = None) -> tuple[CheckSheet, list[Line]]:
        """Return a version of an item's sheet (today's, or else the newest), and all its versions.

        Raises:
            UnknownItem: there is no such sheet.
        """

        def read(uow: UnitOfWork) -> tuple[CheckSheet, list[Line]]:
            versions = sheet_versions(uow, item_code)
            today = sheets_on(uow, local_day_of(uow.now)).get(item_code)
            newest = versions[0]["version"] if versions else 0
            wanted = version or (today.version if today else newest)
            found = sheet_version(uow, item_code, wanted)
            if found is None:
                raise errors.UnknownItem(item=item_code)
            return found, versions

        return self._engine.ask(Ask(read))

    def fields(
        self, actor: Actor, form: str, answers: Mapping[str, Any] | None = None, item_code: str = ""
    ) -> tuple[FieldView, ...]:
        """Return a form: certificate, relation or sheet."""
        if answers is None and item_code:
            answers = self._as_text(actor, item_code)
        return self._forms.get(PROCESS, form).fields_for(self._context(actor), answers)

    def _as_text(self, actor: Actor, item_code: str) -> dict[str, Any]:
        try:
            found, _ = self.sheet(actor, item_code)
        except errors.UnknownItem:
            return {}
        lines = "\n".join(
            "｜".join((("*" if line.is_key else "") + line.text, line.method, line.basis)) for line in found.lines
        )
        return {"name": found.name, "lines": lines, "qualification": found.qualification or "",
                "valid_from": local_day_of(self._engine.clock.now()).isoformat()}  # fmt: skip

    def register_certificate(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> Kept:
        """Register a certificate."""
        require(actor, *KEEPERS)
        command = RegisterCertificate(actor, self._checked(actor, "certificate", answers))
        return self._once(actor, key, fingerprint_of("certificate", answers), command)

    def revoke_certificate(self, actor: Actor, certificate_id: UUID) -> None:
        """Take a certificate back."""
        self._engine.execute(RevokeCertificate(actor, certificate_id))

    def declare(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> Kept:
        """Declare whom an officer avoids."""
        command = DeclareRelation(actor, self._checked(actor, "relation", answers))
        return self._once(actor, key, fingerprint_of("relation", answers), command)

    def write_sheet(self, actor: Actor, item_code: str, answers: Mapping[str, Any]) -> int:
        """Write a new version of a sheet from its lines of text.

        Raises:
            NotAllowed: the item is not supervised by the person's unit.
            FormInvalid, UnknownItem.
        """
        require(actor, *EDITORS)
        given = self._checked(actor, "sheet", answers)
        return self._write(actor, item_code, given, lines_of(str(given["lines"])))

    def put_sheet(self, actor: Actor, item_code: str, body: Mapping[str, Any], key: str) -> int:
        """Write a new version of a sheet from its lines as data; the same key writes one."""
        require(actor, *EDITORS)
        plain = {**body, "valid_from": str(body["valid_from"])}
        return self._write(actor, item_code, plain, body["lines"], key)

    def _write(
        self, actor: Actor, item_code: str, given: Mapping[str, Any], lines: Sequence[Line], key: str = ""
    ) -> int:
        begins = date.fromisoformat(str(given["valid_from"]))

        def act(uow: UnitOfWork) -> int:
            code = item_for(uow, item_code, local_day_of(uow.now)).code
            area = self._rulebook.city.area  # a sheet is the city's: no district changes it for the others
            owners = assignment_for(uow, code, area, local_day_of(uow.now)).supervising_units
            if not actor.has("policy_officer") and actor.unit not in owners:
                raise errors.NotAllowed(reason="只能修订本单位监管事项的检查表")
            return WriteSheet(code, str(given["name"]), lines, begins, actor.login, str(given["reason"]),
                              qualification=given.get("qualification")).run(uow)  # fmt: skip

        if not key:
            return self._engine.execute(Do(act))
        once = Once(Do(act), actor.login, key, fingerprint_of("sheet", item_code, given), lambda one: {"version": one})
        return int(str(self._engine.execute(once).result["version"]))

    def _once(self, actor: Actor, key: str, fingerprint: str, command: Any) -> Kept:
        if not key:
            return Kept(self._engine.execute(command))
        done = self._engine.execute(Once(command, actor.login, key, fingerprint, lambda one: {"id": str(one)}))
        return Kept(UUID(str(done.result["id"])), done.was_replayed)

    def _checked(self, actor: Actor, form: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        return self._forms.get(PROCESS, form).validate(answers, self._context(actor))

    def _context(self, actor: Actor) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            wide = actor.has(*KEEPERS)
            units = None if wide else actor.units
            rows = {row["login"]: row for row in certificates(uow, units)}
            may = [login for login in rows if wide or actor.has("section_head", "squad_head") or login == actor.login]
            options = [{"value": one, "label": f"{rows[one]['name']}（{rows[one]['unit_name']}）"} for one in may]
            if actor.login not in rows:
                options.append({"value": actor.login, "label": actor.name})
            return {"officers": options, "me": actor.login, "today": local_day_of(uow.now).isoformat()}

        return self._engine.ask(Ask(read))


def lines_of(text: str) -> list[dict[str, Any]]:
    """Return the lines of a sheet that was typed: content｜method｜basis, a star before what is key."""
    found = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.replace("|", "｜").split("｜")]
        if any(parts):
            content, method, basis = (*parts, "", "")[:3]
            is_key = content[:1] in _MARKS and bool(content)
            found.append({"text": content.lstrip(_MARKS).strip(), "method": method, "basis": basis, "is_key": is_key})
    return found
