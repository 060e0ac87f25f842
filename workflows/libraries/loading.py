"""Brings a city's library files into the database: check sheets, certificates, and objects known beforehand."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from workflows.libraries.arrivals import take_earlier_approvals_in
from workflows.libraries.keeping import ObjectFacts, keep_object, tie_item
from workflows.libraries.sheets import FROM_FILE, WriteSheet
from workflows.records.libraries import check_sheet, inspection_object, officer_certificate, officer_qualification
from workflows.uow import UnitOfWork, local_day_of


def load_libraries(uow: UnitOfWork, folder: Path, actor: str) -> dict[str, int]:
    """Load ``check_sheets.toml``, ``certificates.toml`` and ``objects.toml``; answers what was new, by table.

    A city may leave a file out. Loading again changes nothing; what officials wrote since is left alone.
    """
    return {
        "check_sheet": _sheets(uow, _read(folder, "check_sheets.toml"), actor),
        "officer_certificate": _certificates(uow, _read(folder, "certificates.toml"), actor),
        "inspection_object": (
            _objects(uow, _read(folder, "objects.toml"), actor) + take_earlier_approvals_in(uow, actor)
        ),
    }  # fmt: skip


def _read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _sheets(uow: UnitOfWork, data: Mapping[str, Any], actor: str) -> int:
    """Write a sheet that is new or changed in the file; a version an official wrote since stays in force."""
    written = 0
    for given in data.get("sheet", []):
        s = check_sheet.c
        rows = uow.connection.execute(
            select(check_sheet).where(s.item_code == given["item"]).order_by(s.version.desc())
        ).all()
        from_file = next((row for row in rows if row.reason == FROM_FILE), None)
        lines = [
            {"code": f"{place:02d}", "basis": given.get("basis", ""), "method": "现场查看", "is_key": False, **line}
            for place, line in enumerate(given["line"], 1)
        ]
        same = from_file is not None and (from_file.name, from_file.lines) == (given["name"], lines)
        if same or (rows and rows[0] is not from_file):
            continue
        begins = data["valid_from"] if from_file is None else max(data["valid_from"], local_day_of(uow.now))
        WriteSheet(
            given["item"], given["name"], lines, begins, actor, FROM_FILE, given.get("status", "待确认"),
            given.get("qualification"), past_allowed=True,
        ).run(uow)  # fmt: skip
        written += 1
    return written


def _certificates(uow: UnitOfWork, data: Mapping[str, Any], actor: str) -> int:
    stamp = {"changed_by": actor, "changed_at": uow.now}
    known = set(uow.connection.scalars(select(officer_certificate.c.number)))
    fresh = [
        {"id": uow.new_id(), "revoked_on": None, **given, **stamp}
        for given in data.get("certificate", [])
        if given["number"] not in known
    ]
    if fresh:
        uow.connection.execute(insert(officer_certificate), fresh)
    held = {tuple(row) for row in uow.connection.execute(
        select(officer_qualification.c.login, officer_qualification.c.code)
    )}  # fmt: skip
    more = [
        {"id": uow.new_id(), "expires_on": None, **given, **stamp}
        for given in data.get("qualification", [])
        if (given["login"], given["code"]) not in held
    ]
    if more:
        uow.connection.execute(insert(officer_qualification), more)
    return len(fresh) + len(more)


def _objects(uow: UnitOfWork, data: Mapping[str, Any], actor: str) -> int:
    """Enter the file's objects into a library that has none from a file yet; later ones come by import."""
    if uow.connection.execute(select(inspection_object.c.id).where(inspection_object.c.source == "file")).first():
        return 0
    entered = 0
    for given in data.get("object", []):
        values = {name: value for name, value in given.items() if name not in ("items", "holder", "holder_code")}
        values |= {"source": "file", "valid_from": given.get("valid_from", data["valid_from"])}
        if given.get("holder"):
            values |= _holder(uow, given, values, actor)
        facts = ObjectFacts(**values)
        object_id, outcome = keep_object(uow, facts, actor, reason=FROM_FILE)
        entered += outcome == "entered"
        for code in given["items"]:
            tie_item(uow, object_id, code, values["valid_from"], None)
    return entered


def _holder(uow: UnitOfWork, given: Mapping[str, Any], values: Mapping[str, Any], actor: str) -> dict[str, Any]:
    """Enter who holds a place, so that its credit counts for the place."""
    owner = ObjectFacts(
        "enterprise", given["holder"], values["area"], values["unit"], "file", credit_code=given.get("holder_code"),
        valid_from=values["valid_from"],
    )  # fmt: skip
    holder_id, _ = keep_object(uow, owner, actor, reason=FROM_FILE)
    return {"holder_id": holder_id, "credit_code": given.get("holder_code")}
