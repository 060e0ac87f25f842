"""What diagrams name exists in Python, and what Python offers is drawn in a diagram."""

import re
from pathlib import Path

import pytest

from engine.errors import AppError
from engine.spiff.runtime import Runtime
from web import problem_words
from workflows import bootstrap, catalog, shipped
from workflows.city import load_city
from workflows.clauses import Clauses
from workflows.functions import make_functions
from workflows.policy import ROLES
from workflows.rulebook import Rulebook
from workflows.time_limits import load_time_limits

ROOT = Path(bootstrap.__file__).parents[1]
CITY = ROOT / "workflows" / "cities" / "zaozhuang"


@pytest.fixture(scope="module")
def summaries():
    runtime = Runtime(make_functions(Rulebook(CITY)))
    files = [file for file in shipped.diagrams() if not file.name.endswith(".form")]
    return {summary.key: summary for summary in runtime.summarise(files)}


def test_the_catalogue_is_the_folders_of_diagrams(summaries) -> None:
    folders = {path.parent.name for path in (ROOT / "bpmn").glob("*/*.bpmn")}
    modules = {path.stem for path in (ROOT / "workflows" / "processes").glob("*.py")} - {"__init__"}
    assert {process.key for process in catalog.PROCESSES} == folders == modules == set(summaries)


def test_every_service_task_has_its_recorder_or_handler_and_none_is_idle(summaries) -> None:
    for process in catalog.PROCESSES:
        drawn = {element.topic for element in summaries[process.key].elements if element.type == "serviceTask"}
        assert drawn == set(process.recorders) | set(process.handlers), process.key


def test_effects_belong_to_user_tasks(summaries) -> None:
    for process in catalog.PROCESSES:
        tasks = {element.id for element in summaries[process.key].elements if element.type == "userTask"}
        assert set(process.on_complete) <= tasks, process.key


def test_every_limit_names_an_existing_clause_and_how_sure_it_is() -> None:
    clauses = Clauses.load(ROOT / "bpmn" / "clauses.toml")
    for limit in load_time_limits(CITY / "time_limits.toml").all:
        assert clauses.exists(limit.clause), limit.name
        assert limit.confidence in ("law", "practice", "default")
        assert limit.source
        is_law = clauses.get(limit.clause).status == "law"
        assert is_law or limit.confidence != "law", f"{limit.name} claims a law that is none"


def test_every_clause_of_the_regulation_is_known() -> None:
    ids = {clause.id for clause in Clauses.load(ROOT / "bpmn" / "clauses.toml")}
    for part in ("1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "3.1", "3.2", "3.3"):
        assert f"zz2020/{part}" in ids


def test_no_city_is_named_in_code() -> None:
    for layer in ("engine", "workflows", "web"):
        for path in (ROOT / layer).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "枣庄" not in text, path
            assert not re.search(r"3704\d\d", text), path


def codes_of(kind: type[AppError]) -> set[str]:
    """Return the codes of an error and of all that are made from it."""
    return {kind.code}.union(*(codes_of(one) for one in kind.__subclasses__()))


def test_every_refusal_has_its_words_in_chinese() -> None:
    assert codes_of(AppError) - set(problem_words.WORDS) == set()


def test_tasks_are_offered_to_roles_that_exist() -> None:
    for path in sorted((ROOT / "bpmn").glob("*/*.bpmn")):
        for groups in re.findall(r"candidateGroups=(?:'([^']*)'|\"([^\"]*)\")", path.read_text(encoding="utf-8")):
            named = re.findall(r"/(\w+)", "".join(groups))
            assert named, path
            assert set(named) <= set(ROLES), path


def test_no_two_kinds_of_number_look_alike() -> None:
    patterns = sorted(load_city(CITY).numbers.values())
    assert [pattern for pattern in set(patterns) if patterns.count(pattern) > 1] == []
