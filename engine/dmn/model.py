"""What a DMN file says, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.feel import Expression

HIT_POLICIES = ("UNIQUE", "FIRST", "ANY", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT")


@dataclass(frozen=True, slots=True)
class Input:
    """One input column: its label, the expression tested, the allowed values as text."""

    id: str
    label: str
    expression: Expression
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """One output column; ``allowed`` orders the values for PRIORITY and OUTPUT ORDER."""

    name: str
    label: str
    allowed: tuple[object, ...] = ()
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a test per input, an expression per output, and what the author noted beside it."""

    id: str
    tests: tuple[Expression, ...]
    outputs: tuple[Expression, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table."""

    id: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    annotation_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: a table or an expression, and the decisions it needs."""

    id: str
    name: str
    variable: str
    logic: DecisionTable | Expression
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision came to, and which rules said so."""

    value: object
    matched_rules: tuple[str, ...] = ()
    trace: Mapping[str, object] = field(default_factory=dict)
