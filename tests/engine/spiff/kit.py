"""Diagrams in a few lines, and a case that may be saved and loaded between any two steps."""

from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

from engine.spiff.model import Bundle, Resource
from engine.spiff.runtime import Runtime

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">'
    '<bpmn:message id="m_go" name="go"/><bpmn:message id="m_stop" name="stop"/><bpmn:signal id="s_alarm" name="alarm"/>'
    '<bpmn:error id="e_bad" name="bad" errorCode="bad"/><bpmn:error id="e_other" name="other" errorCode="other"/>'
    '<bpmn:escalation id="x_up" name="up" escalationCode="up"/>'
)
_numbers = count(1)


def diagram(*body, key="p", more=""):
    """A file with one process."""
    return f'{HEAD}<bpmn:process id="{key}" isExecutable="true">{"".join(body)}</bpmn:process>{more}</bpmn:definitions>'


def flow(*path, when=None):
    """Sequence flows along a path; flow ids are ``a_b``."""
    pairs = list(pairwise(path))
    condition = f"<bpmn:conditionExpression>={when}</bpmn:conditionExpression>" if when else ""
    return "".join(
        f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}">{condition}</bpmn:sequenceFlow>'
        for a, b in pairs
    )


def node(tag, key, inner="", **attributes):
    """Any element; ``camunda_x`` becomes ``camunda:x``."""
    text = "".join(f' {name.replace("camunda_", "camunda:")}="{value}"' for name, value in attributes.items())
    return f'<bpmn:{tag} id="{key}" name="{key}"{text}>{inner}</bpmn:{tag}>'


def start(key="s", inner=""):
    return node("startEvent", key, inner)


def end(key="e", inner=""):
    return node("endEvent", key, inner)


def user(key, inner="", **attributes):
    return node("userTask", key, inner, **attributes)


def users(*keys):
    return "".join(user(key) for key in keys)


def service(key, topic="work", inner="", **attributes):
    return node("serviceTask", key, inner, camunda_type="external", camunda_topic=topic, **attributes)


def timer(text, kind="timeDuration"):
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def catches(kind, ref=""):
    reference = f' {kind}Ref="{ref}"' if ref else ""
    return f"<bpmn:{kind}EventDefinition{reference}/>"


def boundary(key, host, what, interrupting=True):
    return node("boundaryEvent", key, what, attachedToRef=host, cancelActivity=str(interrupting).lower())


def loop(collection=None, variable="item", sequential=False, cardinality=None, condition=None):
    inner = f"<bpmn:loopCardinality>{cardinality}</bpmn:loopCardinality>" if cardinality else ""
    inner += f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    items = f' camunda:collection="{collection}" camunda:elementVariable="{variable}"' if collection else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"{items}>{inner}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def properties(**values):
    inner = "".join(f'<camunda:property name="{name}" value="{value}"/>' for name, value in values.items())
    return f"<bpmn:extensionElements><camunda:properties>{inner}</camunda:properties></bpmn:extensionElements>"


class Case:
    """One instance; ``saves`` says whether it is saved and loaded after every step."""

    def __init__(
        self, xml, *others, saves=True, functions=None, now=NOW, budget=5000, key="p", start=None, **variables
    ):
        self.runtime = Runtime(functions or {}, step_budget=budget)
        resources = [Resource("p.bpmn", xml.encode())]
        for number, other in enumerate(others):
            kind = "dmn" if "</decision>" in other else "bpmn"
            resources.append(Resource(f"o{number}.{kind}", other.encode()))
        self.runtime.summarise(resources)
        self.definition = self.runtime.compile(Bundle(key, tuple(resources), f"hash-{next(_numbers)}"))
        self.saves = saves
        self.now = now
        self.trace = []
        self._told = 0
        self.execution = self.runtime.start(
            self.definition, now=now, business_key="case-1", variables=variables, trigger=start
        )
        self._rest()

    def _rest(self):
        self.state = self.execution.wait_state()
        self.thrown = self.state.thrown
        self.trace += [(step.element_id, step.what) for step in self.state.steps[self._told :]]
        self.bytes = self.execution.dump()
        self._told = 0 if self.saves else len(self.state.steps)
        if self.saves:
            self.execution.dispose()
            self._load()

    def _load(self):
        self.execution = self.runtime.load(self.definition, self.bytes, now=self.now, business_key="case-1")

    def step(self, what, *arguments):
        getattr(self.execution, what)(*arguments)
        self._rest()
        return self

    def advance(self, **length):
        self.now += timedelta(**length)
        self._load()
        return self

    def token(self, element, nth=0):
        state = self.execution.wait_state()
        waiting = (*state.user_tasks, *state.service_tasks, *state.timers, *state.events)
        return [item.token for item in waiting if item.element_id == element][nth]

    def complete(self, element, nth=0, **answers):
        return self.step("complete_user_task", self.token(element, nth), answers)

    def finish(self, element, nth=0, **answers):
        return self.step("complete_service_task", self.token(element, nth), answers)

    def fail(self, element, code, nth=0):
        return self.step("throw_error", self.token(element, nth), code, "went wrong")

    def fire(self, element, nth=0):
        return self.step("fire_timer", self.token(element, nth))

    def message(self, element, name, nth=0, **payload):
        return self.step("deliver", self.token(element, nth), "message", name, payload)

    def signal(self, element, name, **payload):
        return self.step("deliver", self.token(element), "signal", name, payload)

    @property
    def tasks(self):
        return [task.element_id for task in self.state.user_tasks]

    @property
    def services(self):
        return [task.element_id for task in self.state.service_tasks]

    @property
    def timers(self):
        return {timer.element_id: timer.due_at for timer in self.state.timers}

    @property
    def events(self):
        return [event.element_id for event in self.state.events]

    @property
    def variables(self):
        return dict(self.state.variables)

    @property
    def is_over(self):
        return self.state.status == "completed"

    def steps(self, what):
        return [element for element, happened in self.trace if happened == what]
