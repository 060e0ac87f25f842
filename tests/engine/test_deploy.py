"""What cannot run is refused before anything is stored; what runs keeps its version."""

from typing import Any

import pytest
from sqlalchemy import func, select

from engine import errors
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.queries.instances import DescribeInstance, ReadDiagram
from engine.spiff.model import Resource
from engine.store.tables import deployment, deployment_resource, process_definition, resource, start_subscription
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, flow, start, user

GOOD = diagram("good", start() + user("a") + end() + chain("start", "a", "end"))
_BOMB = "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {name} '&{before};&{before};&{before};'>"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]><definitions>&i;</definitions>"  # fmt: skip
_XXE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>'


def around(element: str, *more: str) -> Resource:
    """A process with one element, named x, between start and end."""
    return diagram("bad", start() + element + end() + chain("start", "x", "end") + "".join(more))


def file(content: str, name: str = "bad.bpmn") -> Resource:
    return Resource(name, content.encode())


_DECISION = '<businessRuleTask id="x" camunda:decisionRef="nowhere" camunda:resultVariable="r"/>'
_IMPORT = '=__import__("os").system("true")'
BAD: dict[str, tuple[Resource, str, str]] = {
    "broken XML": (file("<definitions><process"), "", "xml-syntax"),
    "an empty file": (file(""), "", "xml-syntax"),
    "an entity bomb": (file(_BOMB), "", "xml-doctype"),
    "a foreign entity": (file(_XXE), "", "xml-doctype"),
    "a broken table": (file("<definitions><decision", "bad.dmn"), "", "xml-syntax"),
    "a call of Python": (around(user("x", f"camunda:assignee='{_IMPORT}'")), "x", "function-unknown"),
    "Python's insides": (around(user("x", 'camunda:assignee="=().__class__.__bases__[0]"')), "x", "expression-invalid"),
    "an unknown element": (around('<robotTask id="x"/>'), "x", "element-unsupported"),
    "two of one id": (around(user("x") + user("x")), "x", "duplicate-id"),
    "no such decision": (around(_DECISION), "x", "decision-missing"),
    "no such form": (around(user("x", 'camunda:formKey="nowhere"')), "x", "form-missing"),
    "no such process": (around('<callActivity id="x" calledElement="nowhere"/>'), "nowhere", "called-process-missing"),
}


def stored(rig: EngineRig) -> list[int]:
    tables = (deployment, resource, deployment_resource, process_definition, start_subscription)
    with rig.database.reading() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) for table in tables]


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_run_is_refused_with_file_element_rule_and_remedy(sqlite_url: str, what: str) -> None:
    bad, element, rule = BAD[what]
    rig = EngineRig(sqlite_url)
    with pytest.raises(errors.DefinitionInvalid) as refused:
        rig.deploy(GOOD, bad)
    findings: Any = refused.value.facts["findings"]
    (found, *_) = [finding for finding in findings if finding["rule"] == rule]
    assert found["element"] == element
    assert found["file"] == ("" if rule == "called-process-missing" else bad.name)
    assert found["message"]
    assert found["remedy"]
    assert stored(rig) == [0] * 5
    rig.close()


def test_a_refused_deployment_leaves_what_ran_before(rig: EngineRig) -> None:
    rig.deploy(GOOD)
    before = stored(rig)
    with pytest.raises(errors.DefinitionInvalid):
        rig.deploy(diagram("good", start() + user("a") + user("a") + end() + chain("start", "a", "end")))
    assert stored(rig) == before
    assert rig.start("good").version == 1


def test_one_process_in_two_files_is_refused(rig: EngineRig) -> None:
    with pytest.raises(errors.DefinitionInvalid) as refused:
        rig.deploy(GOOD, Resource("again.bpmn", GOOD.content))
    assert "duplicate-process" in str(refused.value.facts["findings"])
    assert stored(rig) == [0] * 5


def test_the_same_content_again_is_no_new_version(rig: EngineRig) -> None:
    (first,) = rig.deploy(GOOD).definitions
    before = stored(rig)
    again = rig.deploy(GOOD)
    assert again.deployment_id is None
    assert [(d.id, d.version, d.is_new) for d in again.definitions] == [(first.id, 1, False)]
    assert stored(rig) == before


def test_of_two_processes_only_the_changed_one_gets_a_new_version(rig: EngineRig) -> None:
    other = diagram("other", start() + user("o") + end() + chain("start", "o", "end"))
    rig.deploy(GOOD, other)
    changed = diagram("other", start() + user("p") + end() + chain("start", "p", "end"))
    done = rig.deploy(GOOD, changed)
    assert {d.key: (d.version, d.is_new) for d in done.definitions} == {"good": (1, False), "other": (2, True)}


def test_a_running_case_stays_on_its_version(rig: EngineRig) -> None:
    rig.deploy(GOOD)
    old = rig.start("good", "old")
    rig.deploy(diagram("good", start() + user("a") + user("b") + end() + chain("start", "a", "b", "end")))
    new = rig.start("good", "new")
    assert (old.version, new.version) == (1, 2)
    tasks = {task.business_key: task for task in rig.open_tasks()}
    assert set(tasks) == {"old", "new"}
    assert rig.complete("a").status == "completed"  # the oldest task is the old case's
    assert rig.complete("a").status == "active"
    details = rig.engine.ask(DescribeInstance(old.instance_id))
    assert details.definition_version == 1
    assert rig.engine.ask(ReadDiagram(details.definition_id)).content == GOOD.content
    assert rig.engine.execute(StartProcess("good", "older", "li", version=1)).version == 1


def test_a_new_version_takes_over_the_messages_that_start_it(rig: EngineRig) -> None:
    def waiting_for(name: str) -> Resource:
        begin = '<startEvent id="start"><messageEventDefinition messageRef="m"/></startEvent>'
        body = begin + user("a") + end() + chain("start", "a", "end")
        return diagram("told", body, f'<message id="m" name="{name}"/>')

    rig.deploy(waiting_for("first"))
    rig.deploy(waiting_for("second"))
    assert rig.engine.execute(CorrelateMessage("second", "k")).started
    with pytest.raises(errors.MessageNotExpected):
        rig.engine.execute(CorrelateMessage("first", "k"))


def test_a_form_of_this_or_an_earlier_deployment_will_do(rig: EngineRig) -> None:
    asks = around(user("x", 'camunda:formKey="ask"'))
    rig.deploy(asks, Resource("bad/ask.form", b"{}"))
    changed = around(user("x", 'camunda:formKey="ask" camunda:priority="9"'))
    assert rig.deploy(changed).definitions[0].version == 2


def test_a_process_is_found_however_its_tag_is_written(rig: EngineRig) -> None:
    text = GOOD.content.decode().replace('<process id="good" name="good"', "<process name='a > b' id = 'good'")
    (done,) = rig.deploy(Resource("good.bpmn", text.encode())).definitions
    assert (done.key, done.is_new) == ("good", True)
    assert rig.start("good").status == "active"


STUCK = diagram(
    "stuck",
    start() + '<exclusiveGateway id="x" default="x__b"/>' + user("a") + user("b") + '<parallelGateway id="j"/>' + end()
    + flow("start", "x") + flow("x", "a", "n > 1") + flow("x", "b") + chain("a", "j", "end") + chain("b", "j"),
)  # fmt: skip


def test_a_process_that_could_get_stuck_is_refused_unless_somebody_says_why(rig: EngineRig) -> None:
    with pytest.raises(errors.DefinitionInvalid) as caught:
        rig.deploy(STUCK)
    findings: Any = caught.value.facts["findings"]
    assert findings[0]["rule"] == "deadlock"
    assert findings[0]["trace"].split()[-1] in {"a", "b"}
    done = rig.engine.execute(Deploy("test", (STUCK,), "tester", accept_unsound="only for training"))
    assert [one["level"] for one in done.warnings] == ["warning"] * len(done.warnings)
    assert "deadlock" in {one["rule"] for one in done.warnings}
    with rig.database.reading() as connection:
        assert connection.scalar(select(deployment.c.accepted_because)) == "only for training"
