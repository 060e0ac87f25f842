"""What a deployment needs beside its own files: what it calls, what calls it, and the forms of all of them.

A form belongs to the process whose key is its folder: ``key/form.form``. It is part of every bundle that the diagram
of that process is part of, so a changed form makes a new version of the process and of those that call it. A changed
table makes one of every process that decides by it.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine import errors
from engine.commands.form_owners import files_by_owner
from engine.spiff.model import Bundle, DefinitionSummary, Element, Resource, form_name, is_form, owner_of
from engine.spiff.reading import Finding
from engine.store.tables import deployment, deployment_resource, process_definition
from engine.store.unit_of_work import UnitOfWork

Files = dict[str, Resource]
_DECISION = re.compile(rb"<(?:\w+:)?decision\b[^>]*\bid\s*=\s*[\"']([^\"']+)")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A deployment with everything it needs.

    ``known`` are all processes in its files, ``targets`` those it is about: its diagrams, and what its other files
    change.
    """

    closure: tuple[Resource, ...]
    known: Mapping[str, DefinitionSummary]
    targets: tuple[DefinitionSummary, ...]
    bundles: Mapping[str, Bundle]
    latest: Mapping[str, Any]
    findings: tuple[Finding, ...]

    def is_new(self, summary: DefinitionSummary) -> bool:
        """Tell whether a process would get a new version."""
        before = self.latest.get(summary.key)
        return before is None or before.bundle_hash != self.bundles[summary.key].hash

    def is_drawn_anew(self, summary: DefinitionSummary) -> bool:
        """Tell whether more than forms would change: then it has to be judged again."""
        before = self.latest.get(summary.key)
        now = {(file.name, file.hash) for file in self.bundles[summary.key].resources if not is_form(file.name)}
        return before is None or now != {(name, value) for name, value in before.resources if not is_form(name)}


def prepare(uow: UnitOfWork, resources: Sequence[Resource]) -> Prepared:
    """Add what is deployed already to the files of a deployment, and look at its forms.

    Raises:
        DefinitionInvalid: a file is faulty, or something it names is missing.
    """
    if uow.connection.dialect.name == "postgresql":  # reading and judging many diagrams takes its time
        uow.connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '10min'")
    latest = latest_of(uow)
    given: Files = {file.name: file for file in resources if not is_form(file.name)}
    given |= _tables_before(uow, latest, given)
    summaries = {one.key: one for one in uow.runtime.summarise(tuple(given.values()))}
    forms = files_by_owner([file for file in resources if is_form(file.name)], summaries, latest)
    fresh = [file for file in forms if _deployed(latest, file.name) != file.hash]
    tables = {file.name: file.hash for file in given.values() if file.name.endswith(".dmn")}
    given |= {file.name: file for file in forms}
    touched = _callers(latest, {owner_of(file.name) for file in fresh}) | _deciding(latest, tables)
    touched |= {owner_of(file.name) for file in forms}
    touched -= summaries.keys()
    needed = sorted(touched | _called(uow, summaries, latest))
    closure = _closure(uow, given, [latest[key] for key in needed], latest, summaries.keys())
    known = {one.key: one for one in uow.runtime.summarise(tuple(closure.values()))} if needed else summaries
    adopted = _adopted(uow, known, closure)
    closure |= adopted
    targets = tuple(one for key, one in known.items() if key in summaries or key in touched)
    files = tuple(closure.values())
    return Prepared(
        files, known, targets, {one.key: bundle_of(one.key, known, files) for one in targets}, latest,
        tuple(one for file in (*fresh, *adopted.values()) for one in uow.registry.check_form(file)),
    )  # fmt: skip


def digest(content: bytes) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def bundle_of(key: str, known: Mapping[str, DefinitionSummary], resources: Sequence[Resource]) -> Bundle:
    """Return the bundle of one process: its file, the files of what it calls, their decisions and their forms."""
    needed: dict[str, DefinitionSummary] = {}
    waiting = [key]
    while waiting:
        current = waiting.pop()
        if current not in needed and current in known:
            needed[current] = known[current]
            waiting.extend(known[current].called_processes)
    decisions = {name for summary in needed.values() for name in summary.called_decisions}
    files = [file_of(summary, resources) for summary in needed.values()]
    files += [_table_of(name, resources) for name in decisions]
    files += [file for file in resources if is_form(file.name) and owner_of(file.name) in needed]
    unique = {file.name: file for file in files if file is not None}
    ordered = tuple(unique[name] for name in sorted(unique))
    text = "\n".join([key, *(f"{r.name} {r.hash}" for r in ordered)])
    return Bundle(key, ordered, digest(text.encode()))


def file_of(summary: DefinitionSummary, resources: Sequence[Resource]) -> Resource | None:
    """Return the diagram that defines a process."""
    return next((r for r in resources if r.name == summary.file), None)


def _table_of(decision: str, resources: Sequence[Resource]) -> Resource | None:
    pattern = re.compile(rb"<(?:\w+:)?decision\b[^>]*\bid\s*=\s*[\"']" + re.escape(decision).encode() + rb"[\"']")
    return next((r for r in resources if r.name.endswith(".dmn") and pattern.search(r.content)), None)


def latest_of(uow: UnitOfWork) -> Mapping[str, Any]:
    """Return the row of each process's latest version by its key."""
    rows = uow.connection.execute(select(process_definition).where(process_definition.c.is_latest))
    return {row.key: row for row in rows}


def _tables_before(uow: UnitOfWork, latest: Mapping[str, Any], given: Files) -> Files:
    """Return the tables that given diagrams decide by already, when no given table takes their place."""
    named = {
        name: value for row in latest.values() if row.main_resource in given
        for name, value in row.resources if name.endswith(".dmn") and name not in given
    }  # fmt: skip
    mine = {key for file in given.values() if file.name.endswith(".dmn") for key in _DECISION.findall(file.content)}
    kept = uow.resources(sorted(named.items())) if named else ()
    return {file.name: file for file in kept if mine.isdisjoint(_DECISION.findall(file.content))}


def _deployed(latest: Mapping[str, Any], name: str) -> str | None:
    """Return the hash of a form in the latest version of its process."""
    row = latest.get(owner_of(name))
    return None if row is None else dict(row.resources).get(name)


def _callers(latest: Mapping[str, Any], keys: Set[str]) -> set[str]:
    """Return the processes that run the diagrams of others in their cases, and those themselves."""
    diagrams = {latest[key].main_resource for key in keys if key in latest}
    return {key for key, row in latest.items() if any(name in diagrams for name, _ in row.resources)}


def _deciding(latest: Mapping[str, Any], tables: Mapping[str, str]) -> set[str]:
    """Return the processes that decide by an earlier content of these tables."""
    return {
        key for key, row in latest.items() if any(tables.get(name, value) != value for name, value in row.resources)
    }


def _called(uow: UnitOfWork, summaries: Mapping[str, DefinitionSummary], latest: Mapping[str, Any]) -> set[str]:
    """Return the processes that are called but not part of the deployment."""
    wanted = {key for one in summaries.values() for key in one.called_processes} - summaries.keys()
    missing = wanted - latest.keys()
    if missing and not uow.runtime.dialect.late_calls:
        raise errors.DefinitionInvalid(
            findings=[
                {"file": "", "element": key, "rule": "called-process-missing", "message": f"流程 {key} 尚未部署",
                 "remedy": "先部署被调用的流程, 或放在同一次部署中"}
                for key in sorted(missing)
            ]
        )  # fmt: skip
    return wanted - missing


def _closure(
    uow: UnitOfWork, given: Files, rows: Sequence[Any], latest: Mapping[str, Any], keys: Set[str]
) -> Files:  # fmt: skip
    """Return the given files with those of other processes, and with the forms the given processes have already.

    A diagram or form comes from the latest version of its own process, whatever version others hold of it.
    """
    named = {name: value for row in rows for name, value in row.resources}
    diagrams = set(named)
    for row in latest.values():
        if row.key in keys or row.main_resource in diagrams:
            named |= {
                name: value for name, value in row.resources
                if (name == row.main_resource and name in diagrams) or (is_form(name) and owner_of(name) == row.key)
            }  # fmt: skip
    more = sorted((name, value) for name, value in named.items() if name not in given)
    return given | ({file.name: file for file in uow.resources(more)} if more else {})


def _adopted(uow: UnitOfWork, known: Mapping[str, DefinitionSummary], closure: Files) -> Files:
    """Return forms that diagrams ask for and only earlier deployments had, the newest of each.

    Raises:
        DefinitionInvalid: there never was one.
    """
    asked = [
        (summary, element)
        for summary in known.values()
        for element in summary.elements
        if summary.executable and element.form_key and form_name(summary.key, element.form_key) not in closure
    ]
    if not asked:
        return {}
    names = {name for summary, element in asked for name in _names(summary, element.form_key)}
    rows = uow.connection.execute(
        select(deployment_resource.c.name, deployment_resource.c.hash)
        .join_from(deployment_resource, deployment)
        .where(deployment_resource.c.name.in_(names))
        .order_by(deployment.c.deployed_at, deployment.c.id)
    )
    stored = {row.name: row.hash for row in rows}
    found: list[list[str]] = []
    missing: list[tuple[DefinitionSummary, Element]] = []
    for summary, element in asked:
        name, bare = _names(summary, element.form_key)
        value = stored.get(name) or stored.get(bare)
        if value:
            found.append([name, value])
        else:
            missing.append((summary, element))
    if missing:
        raise errors.DefinitionInvalid(
            findings=[
                {"file": summary.file, "element": element.id, "rule": "form-missing",
                 "message": f"缺少表单 {element.form_key}.form", "remedy": "请同时上传该表单, 或改正 formKey"}
                for summary, element in missing
            ]
        )  # fmt: skip
    return {file.name: file for file in uow.resources(found)}


def _names(summary: DefinitionSummary, form_key: str | None) -> tuple[str, str]:
    return form_name(summary.key, form_key or ""), f"{form_key}.form"
