"""Deployed processes as administrators read them: versions, files, tables, forms, findings and differences."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.dmn import TableView, parse_dmn, view_of
from engine.errors import DefinitionNotFound
from engine.process_engine import ProcessEngine
from engine.queries.definitions import (
    DefinitionDetails,
    DefinitionLine,
    Finding,
    JudgeFiles,
    ListDefinitions,
    ReadDefinition,
)
from engine.spiff.model import Resource
from workflows.clauses import Clause, Clauses
from workflows.engine_admin.access import READERS, may_read
from workflows.engine_admin.lateness import ReadLateness, StepLateness
from workflows.forms import FieldView, load_form
from workflows.policy import Actor, require
from workflows.shipped import ReadStandings, Standing, diagrams, shipped_of

_KNOWN_FINDINGS = 300
Context = Callable[[Actor], Mapping[str, Any]]
"""What a form may read in any case, for a person."""


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """A process with its versions, the newest first."""

    key: str
    name: str
    versions: tuple[DefinitionLine, ...]

    @property
    def open(self) -> int:
        """Return how many cases of it are open."""
        return sum(one.open for one in self.versions)


@dataclass(frozen=True, slots=True)
class TableOf:
    """A decision table with the file it is in."""

    file: str
    id: str
    view: TableView


@dataclass(frozen=True, slots=True)
class FormOf:
    """A form: its file, its hash and its questions as (key, label, kind, is required).

    ``since`` is the version from which on it is the same; None for one that was only stored and has no effect.
    """

    file: str
    hash: str
    since: int | None
    questions: tuple[tuple[str, str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class FormPreview:
    """A form as those who answer it see it."""

    file: str
    hash: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """One version, readable."""

    line: DefinitionLine
    diagram: bytes
    elements: Mapping[str, Mapping[str, Any]]
    files: tuple[str, ...]
    tables: tuple[TableOf, ...]
    forms: tuple[FormOf, ...]
    clauses: tuple[tuple[Clause, tuple[str, ...]], ...]
    findings: tuple[Finding, ...]
    others: tuple[DefinitionLine, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a process with all their files by name; without a new one, what the program brings."""

    old: DefinitionLine
    new: DefinitionLine | None
    old_diagram: bytes
    new_diagram: bytes
    old_files: Mapping[str, bytes]
    new_files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Lateness:
    """The steps of a process with how late they are."""

    line: DefinitionLine
    diagram: bytes
    names: Mapping[str, str]
    steps: tuple[StepLateness, ...]


class DefinitionDesk:
    """Answers what is deployed."""

    def __init__(self, engine: ProcessEngine, clauses: Clauses, context: Context) -> None:
        self._engine = engine
        self._clauses = clauses
        self._context = context
        self._findings: OrderedDict[str, tuple[Finding, ...]] = OrderedDict()

    def processes(self, actor: Actor) -> tuple[ProcessLine, ...]:
        """Return every process with its versions."""
        may_read(actor)
        found: dict[str, list[DefinitionLine]] = {}
        for line in self._engine.ask(ListDefinitions()):
            found.setdefault(line.key, []).append(line)
        return tuple(ProcessLine(key, lines[0].name, tuple(lines)) for key, lines in found.items())

    def known_findings(self, line: DefinitionLine) -> int | None:
        """Return how many findings a version has, or None while nobody looked at it since the start."""
        found = self._findings.get(line.bundle_hash)
        return None if found is None else len(found)

    def show(self, actor: Actor, key: str, version: int) -> DefinitionView:
        """Return one version.

        Raises:
            DefinitionNotFound.
        """
        may_read(actor)
        details = self._engine.ask(ReadDefinition(key, version))
        return DefinitionView(
            details.line, details.diagram.content, details.elements,
            tuple(file.name for file in (*details.files, *details.forms)), tuple(_tables(details.files)),
            tuple(_form(file, details.since.get(file.name)) for file in details.forms), self._cited(details),
            self._judged(details), self._engine.ask(ListDefinitions(key)),
        )  # fmt: skip

    def file(self, actor: Actor, key: str, version: int, name: str) -> bytes | None:
        """Return the content of one file of a version, or None when it has no such file."""
        may_read(actor)
        details = self._engine.ask(ReadDefinition(key, version))
        return next((one.content for one in (*details.files, *details.forms) if one.name == name), None)

    def compare(self, actor: Actor, key: str, old: int, new: int) -> Comparison:
        """Return two versions side by side."""
        may_read(actor)
        first, then = self._engine.ask(ReadDefinition(key, old)), self._engine.ask(ReadDefinition(key, new))
        return Comparison(
            first.line, then.line, first.diagram.content, then.diagram.content, _contents(first), _contents(then)
        )

    def standings(self, actor: Actor) -> Mapping[str, tuple[Standing, ...]]:
        """Return the files that are deployed otherwise than the program brings them, by the process they belong to."""
        may_read(actor)
        found: dict[str, list[Standing]] = {}
        for one in self._engine.ask(ReadStandings(diagrams())):
            found.setdefault(one.process_key, []).append(one)
        return {key: tuple(ones) for key, ones in found.items()}

    def compare_shipped(self, actor: Actor, key: str) -> Comparison:
        """Return the latest version of a process beside what the program brings.

        Raises:
            DefinitionNotFound: it is not deployed, or the program brings no such process.
        """
        may_read(actor)
        lines, ours = self._engine.ask(ListDefinitions(key, 1)), shipped_of(key)
        if not lines or not ours:
            raise DefinitionNotFound(key=key)
        before = self._engine.ask(ReadDefinition(key, lines[0].version))
        every = {file.name: file.content for file in diagrams()}
        after = {name: every[name] for name in _contents(before) if name in every}
        return Comparison(
            before.line, None, before.diagram.content, ours[f"{key}.bpmn"], _contents(before), {**after, **ours}
        )

    def form(self, actor: Actor, key: str, version: int, name: str) -> FormPreview | None:
        """Return a form of a version as those who answer it see it, or None when the version has no such form."""
        may_read(actor)
        details = self._engine.ask(ReadDefinition(key, version))
        file = next((one for one in details.forms if one.name == name), None)
        return None if file is None else self.preview(actor, file.name, file.content)

    def preview(self, actor: Actor, name: str, content: bytes) -> FormPreview:
        """Return a form as those who answer it see it, in a case of which nothing is known yet.

        Raises:
            DefinitionInvalid: the file is no form.
        """
        fields = load_form(content, name).fields_for(self._context(actor))
        return FormPreview(name, Resource(name, content).hash, fields)

    def lateness(self, actor: Actor, key: str, version: int) -> Lateness:
        """Return how late the steps of a process are, to be drawn on one of its versions."""
        require(actor, *READERS, "leader", "discipline_watcher")
        details = self._engine.ask(ReadDefinition(key, version))
        names = {identifier: element.get("name") or identifier for identifier, element in details.elements.items()}
        return Lateness(details.line, details.diagram.content, names, self._engine.ask(ReadLateness(key)))

    def _judged(self, details: DefinitionDetails) -> tuple[Finding, ...]:
        """Return the findings of a version; the files of a hash never change, so each is judged once."""
        key = details.line.bundle_hash
        if key not in self._findings:
            self._findings[key] = self._engine.ask(JudgeFiles(details.line.key, details.files))
            while len(self._findings) > _KNOWN_FINDINGS:
                self._findings.popitem(last=False)
        return self._findings[key]

    def _cited(self, details: DefinitionDetails) -> tuple[tuple[Clause, tuple[str, ...]], ...]:
        """Return the clauses that elements name, each with the names of those elements."""
        cited: dict[str, list[str]] = {}
        for identifier, element in details.elements.items():
            for clause in element.get("clauses", ()):
                cited.setdefault(clause, []).append(element.get("name") or identifier)
        return tuple((self._clause(clause), tuple(names)) for clause, names in sorted(cited.items()))

    def _clause(self, clause: str) -> Clause:
        if self._clauses.exists(clause):
            return self._clauses.get(clause)
        return Clause(clause, clause, "", "此依据尚未登记在依据清单中", "none")


def _contents(details: DefinitionDetails) -> Mapping[str, bytes]:
    return {file.name: file.content for file in (*details.files, *details.forms)}


def _tables(files: Sequence[Resource]) -> list[TableOf]:
    found = []
    for file in files:
        if file.name.endswith(".dmn"):
            model = parse_dmn(file.content, file.name)
            found += [TableOf(file.name, key, view_of(table)) for key, table in model.tables.items()]
    return found


def _form(file: Resource, since: int | None) -> FormOf:
    components = json.loads(file.content).get("components", [])
    return FormOf(file.name, file.hash, since, tuple(_questions(components)))


def _questions(components: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str, bool]]:
    found = []
    for one in components:
        if one.get("key"):
            is_required = bool(one.get("validate", {}).get("required"))
            found.append((str(one["key"]), str(one.get("label", "")), str(one.get("type", "")), is_required))
        found += _questions(one.get("components", ()))
    return found
