"""The process every figure is measured with: some fifty nodes in a ring, so that it never ends."""

STEPS = 10
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="bench">'
    '<process id="bench" isExecutable="true">'
)


def _flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression xsi:type='tFormalExpression'>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}__{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def diagram() -> bytes:
    """Return the diagram: ten tasks with a timer and a choice each, in a ring."""
    parts = ['<startEvent id="start"/><exclusiveGateway id="ring"/>', _flow("start", "ring")]
    before = "ring"
    for i in range(STEPS):
        task, choice, merge, late, urged = f"task_{i}", f"choice_{i}", f"merge_{i}", f"late_{i}", f"urged_{i}"
        parts += [
            f'<userTask id="{task}" name="Task {i}" camunda:candidateGroups="unit/officer"/>',
            f'<boundaryEvent id="{late}" attachedToRef="{task}" cancelActivity="false"><timerEventDefinition>'
            f'<timeDuration>"P30D"</timeDuration></timerEventDefinition></boundaryEvent><endEvent id="{urged}"/>',
            f'<exclusiveGateway id="{choice}" default="{choice}__{merge}"/><exclusiveGateway id="{merge}"/>',
            f'<task id="note_{i}"/>',
            _flow(before, task), _flow(task, choice), _flow(late, urged), _flow(choice, merge),
            _flow(choice, f"note_{i}", "amount &gt; 100"), _flow(f"note_{i}", merge),
        ]  # fmt: skip
        before = merge
    parts.append(_flow(before, "ring"))
    return (_HEAD + "".join(parts) + "</process></definitions>").encode()


def variables() -> dict[str, object]:
    """Return about one kilobyte of case data."""
    return {"amount": 50, "title": "x" * 200, **{f"field_{i}": f"value {i} " + "y" * 30 for i in range(18)}}
