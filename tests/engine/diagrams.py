"""Builds small diagrams as text, so that a test shows what it runs."""

from itertools import pairwise

from engine.spiff.model import Resource

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="test">'
)


def diagram(key: str, body: str, outside: str = "") -> Resource:
    """Return a file with one process; *body* is what stands inside it."""
    text = f'{_HEAD}{outside}<process id="{key}" name="{key}" isExecutable="true">{body}</process></definitions>'
    return Resource(f"{key}.bpmn", text.encode())


def flow(source: str, target: str, condition: str | None = None) -> str:
    """Return a sequence flow named after its ends."""
    inner = f"<conditionExpression xsi:type='tFormalExpression'>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}__{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def chain(*ids: str) -> str:
    """Return the flows from each id to the next."""
    return "".join(flow(a, b) for a, b in pairwise(ids))


def user(key: str, attributes: str = "", inner: str = "") -> str:
    """Return a user task."""
    return f'<userTask id="{key}" name="{key}" {attributes}>{inner}</userTask>'


def start(key: str = "start") -> str:
    """Return a start event."""
    return f'<startEvent id="{key}"/>'


def end(key: str = "end") -> str:
    """Return an end event."""
    return f'<endEvent id="{key}"/>'


def timer(key: str, host: str, expression: str, *, interrupting: bool = False) -> str:
    """Return a boundary timer."""
    cancel = "true" if interrupting else "false"
    return (
        f'<boundaryEvent id="{key}" attachedToRef="{host}" cancelActivity="{cancel}"><timerEventDefinition>'
        f"<timeDuration>{expression}</timeDuration></timerEventDefinition></boundaryEvent>"
    )
