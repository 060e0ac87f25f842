"""Say what a deployment would do and what speaks against it; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import errors
from engine.commands.deployed_files import Prepared, prepare
from engine.soundness.findings import findings_of
from engine.spiff.model import DefinitionSummary, Resource
from engine.store.unit_of_work import UnitOfWork

Finding = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WouldDeploy:
    """What would become of one process; ``version`` is the one it would have afterwards."""

    key: str
    name: str
    file: str
    version: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class DeploymentCheck:
    """What is known before a deployment.

    ``findings`` are mappings of file, element, rule, message, remedy and level (``error`` or ``warning``); those of
    the soundness check have a ``trace`` as well. ``is_refused`` says that no reason can override them.
    """

    definitions: tuple[WouldDeploy, ...]
    findings: tuple[Finding, ...]
    is_refused: bool

    @property
    def is_unsound(self) -> bool:
        """Tell whether only a reason lets it be deployed."""
        return not self.is_refused and any(one["level"] == "error" for one in self.findings)

    @property
    def changes_nothing(self) -> bool:
        """Tell whether every process would keep its version."""
        return not any(one.is_new for one in self.definitions)


@dataclass(frozen=True, slots=True)
class CheckDeployment:
    """The dry run of ``Deploy``."""

    resources: tuple[Resource, ...]

    def run(self, uow: UnitOfWork) -> DeploymentCheck:
        """Answer it."""
        try:
            ready = prepare(uow, self.resources)
        except errors.DefinitionInvalid as exc:
            found = exc.facts.get("findings")
            return DeploymentCheck((), _all(self._inspected(uow), found if isinstance(found, list) else []), True)
        would = tuple(_would(ready, one) for one in ready.targets)
        drawn = [one for one in ready.targets if ready.is_new(one) and ready.is_drawn_anew(one)]
        findings = _all(_warnings(ready.targets), ready.findings, _unsound(uow, ready.closure, drawn))
        return DeploymentCheck(would, findings, any(one["level"] == "error" for one in ready.findings))

    def _inspected(self, uow: UnitOfWork) -> Sequence[Finding]:
        """Return every finding about files that can be read at all, warnings too."""
        try:
            return uow.runtime.inspect(self.resources)
        except errors.DefinitionInvalid:
            return []


def _would(ready: Prepared, summary: DefinitionSummary) -> WouldDeploy:
    before, is_new = ready.latest.get(summary.key), ready.is_new(summary)
    return WouldDeploy(summary.key, summary.name, summary.file, (before.version if before else 0) + is_new, is_new)


def _warnings(summaries: Sequence[DefinitionSummary]) -> list[Finding]:
    return [{**one, "level": "warning"} for summary in summaries for one in summary.warnings]


def _unsound(uow: UnitOfWork, closure: Sequence[Resource], changed: Sequence[DefinitionSummary]) -> list[Finding]:
    if not changed:
        return []
    verdicts = uow.runtime.judge(closure)
    judged = [(one, verdicts[one.key]) for one in changed if one.key in verdicts]
    return [finding for one, verdict in judged for finding in findings_of(one.file, one.name, verdict)]


def _all(*lists: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings once each, errors first."""
    found: dict[tuple[str | None, ...], Finding] = {}
    for one in (one for several in lists for one in several):
        found.setdefault((one.get("file"), one.get("element"), one.get("rule"), one.get("message")), one)
    complete = [{"level": "error", "trace": "", **one} for one in found.values()]
    return tuple(sorted(complete, key=lambda one: one["level"] != "error"))
