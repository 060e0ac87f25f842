"""The front door of the diagram engine: check files, compile definitions, start and load instances."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from types import MappingProxyType

from engine.errors import DefinitionInvalid, DefinitionNotFound
from engine.soundness import Verdict, can_complete, judge
from engine.spiff import codec
from engine.spiff.build import Compiled, build, elements_of
from engine.spiff.cases import CaseWorkflow
from engine.spiff.diagram import STANDARD, Dialect, Process, Text, Trigger
from engine.spiff.execution import Execution
from engine.spiff.expressions import Evaluator, FunctionContext, Functions, FunctionTable
from engine.spiff.library import check_library
from engine.spiff.migrating import Carried, Journey, carry
from engine.spiff.model import Bundle, DefinitionSummary, Resource, StartTrigger, is_form
from engine.spiff.reading import Files, Finding, read_files
from engine.spiff.rest import wait_state
from engine.spiff.scopes import Scope, plain
from engine.spiff.standard import check_standard
from engine.spiff.summary import summary_of
from engine.spiff.timers import Schedule, TimerDefinition
from engine.spiff.validator import check, errors_among
from engine.spiff.vendor import text_of

__all__ = ["Compiled", "Execution", "FunctionContext", "Functions", "Runtime"]

_CACHED = 200
_NOT_RUNNABLE = {
    "unreadable", "xml-size", "xml-syntax", "xml-complexity", "xml-doctype", "duplicate-process", "duplicate-id",
    "start-event", "start-missing", "flow-end", "boundary-host", "element-unsupported", "event-unsupported",
    "expression-invalid", "function-unknown", "decision-missing",
}  # fmt: skip
_NOTHING: Functions = MappingProxyType({})


class Runtime:
    """Compiles definitions once and runs instances of them; safe to share between threads.

    ``functions`` may be called in FEEL by their names. One that declares a keyword-only parameter
    ``context`` is given a ``FunctionContext``. ``step_budget`` bounds the elements one call may run.
    """

    def __init__(
        self, functions: Functions = _NOTHING, *, step_budget: int = 5000, dialect: Dialect = STANDARD
    ) -> None:
        check_library()
        self.dialect = dialect
        self._table = FunctionTable(functions)
        self._names = frozenset(functions)
        self._budget = step_budget
        self._cache: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = Lock()

    def summarise(self, resources: Sequence[Resource]) -> tuple[DefinitionSummary, ...]:
        """Check every process in the files and say what deployment needs to know of each.

        A called process may be missing here: it may be deployed already. A decision may not.

        Raises:
            DefinitionInvalid: ``findings`` lists every fault with file, element, rule, message and remedy.
        """
        files = read_files(resources, self.dialect)
        findings = self._findings(files, resources)
        if errors_among(findings):
            raise DefinitionInvalid(findings=sorted(findings, key=lambda one: one.get("level", "")))
        return tuple(summary_of(process, files, self._names, findings) for process in files.processes)

    def inspect(self, resources: Sequence[Resource]) -> list[Finding]:
        """Return every finding about the files, errors first; unlike ``summarise`` it refuses nothing."""
        found = self._findings(read_files(resources, self.dialect), resources)
        return sorted(found, key=lambda one: one.get("level", ""))

    def can_complete(self, resources: Sequence[Resource], places: Mapping[str, Sequence[str]]) -> bool | None:
        """Tell whether a case whose tokens rest at *places* of its processes can still end; None: not decided."""
        found = [
            can_complete(process, places[process.key])
            for process in read_files(resources, self.dialect).processes
            if process.key in places
        ]
        return False if False in found else None if None in found else True

    def judge(self, resources: Sequence[Resource]) -> dict[str, Verdict]:
        """Say of each executable process in valid files whether every case of it can come to its end."""
        if not self.dialect.checks_soundness:
            return {}
        processes = read_files(resources, self.dialect).processes
        return {process.key: judge(process) for process in processes if process.is_executable}

    def compile(self, bundle: Bundle) -> Compiled:
        """Return the definition ready to run; one copy per hash is kept and shared.

        The files must have passed ``summarise`` once. Rules added since then do not stop the cases that
        run already; only what cannot be built or evaluated any more does.

        Raises:
            DefinitionInvalid: the files cannot be run, or a called process is not in the bundle.
        """
        found = self.cached(bundle.hash)
        if found is not None:
            return found
        compiled = self._compile(bundle)
        with self._lock:
            known = self._cache.setdefault(bundle.hash, compiled)
            self._cache.move_to_end(bundle.hash)
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return known

    def cached(self, bundle_hash: str) -> Compiled | None:
        """Return the definition if it was compiled before."""
        with self._lock:
            found = self._cache.get(bundle_hash)
            if found is not None:
                self._cache.move_to_end(bundle_hash)
            return found

    def start(
        self,
        definition: Compiled,
        *,
        now: datetime,
        business_key: str,
        variables: Mapping[str, object],
        trigger: StartTrigger | None = None,
    ) -> Execution:
        """Start a new instance at its plain start event, or at the one a trigger names, and run to its first rest.

        Raises:
            DefinitionNotFound: the process has no such start event.
        """
        evaluator = Evaluator(self._table, now, business_key)
        case = CaseWorkflow(definition, evaluator, Scope(plain(variables)))
        start = case.spec.none_start if trigger is None or trigger.kind == "none" else trigger.element_id
        if start is None or not case.spec.has_start(start):
            raise DefinitionNotFound(key=definition.process_key, start=start, reason="no such start event")
        execution = Execution(case, self._budget, is_loaded=False)
        case.begin(start)
        execution.run()
        return execution

    def load(self, definition: Compiled, state: bytes, *, now: datetime, business_key: str) -> Execution:
        """Return an instance as it rested.

        Raises:
            StateUnreadable: the state was not written by ``Execution.dump`` of a version known here.
        """
        evaluator = Evaluator(self._table, now, business_key)
        return Execution(codec.loads(state, definition, evaluator), self._budget, is_loaded=True)

    def carry(
        self, journey: Journey, state: bytes, *, now: datetime, business_key: str
    ) -> tuple[Execution | None, Carried]:
        """Return an instance under another version of its definition, or None with the problems that forbid it.

        What is new among the events at its activities begins to wait at *now*.
        """
        evaluator = Evaluator(self._table, now, business_key)
        before = wait_state(codec.loads(state, journey.old, evaluator), None)
        case, carried = carry(journey, state, evaluator)
        if case is None:
            return None, carried
        return Execution(case, self._budget, is_loaded=True, before=before), carried

    def start_schedule(self, trigger: StartTrigger, *, now: datetime) -> Schedule:
        """Return when a timer start event falls due if it begins to wait at *now*.

        Raises:
            ExpressionFailed: the text of the trigger is no instant, duration or repetition.
        """
        text = text_of(trigger.timer) or Text("", False)
        timer = TimerDefinition(Trigger("timer", timer=text), trigger.element_id)
        return timer.schedule(Evaluator(self._table, now, ""), {}, trigger.element_id, now)

    def _findings(self, files: Files, resources: Sequence[Resource]) -> list[Finding]:
        return [*check(files, self._names), *check_standard(resources)]

    def _compile(self, bundle: Bundle) -> Compiled:
        files = read_files(bundle.resources, self.dialect)
        faults = _blocking(check(files, self._names))
        if not self.dialect.late_calls:
            faults += _missing(bundle, files)
        if faults:
            raise DefinitionInvalid(findings=faults)
        elements = {
            element.id: element
            for process in sorted(files.processes, key=lambda item: item.key == bundle.process_key)
            for element in elements_of(process)
        }
        specs = build(process for process in files.processes if process.is_executable)
        forms = {file.name: file.hash for file in bundle.resources if is_form(file.name)}
        return Compiled(bundle.hash, bundle.process_key, specs, files.decisions, elements, forms)


def _blocking(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding["rule"] in _NOT_RUNNABLE]


def _missing(bundle: Bundle, files: Files) -> list[Mapping[str, str]]:
    known = {process.key for process in files.processes if process.is_executable}
    wanted = {bundle.process_key: bundle.process_key}
    for process in files.processes:
        wanted |= _called(process)
    return [
        {
            "file": "",
            "element": element,
            "rule": "called-process-missing",
            "message": f"缺少流程 {key}",
            "remedy": "将该流程放入同一次部署",
        }
        for key, element in wanted.items()
        if key not in known
    ]


def _called(process: Process) -> dict[str, str]:
    return {node.call.process_key: node.id for _, node in process.scope.walk() if node.call is not None}
