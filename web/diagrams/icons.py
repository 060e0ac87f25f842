"""The small pictures of BPMN as paths; never emoji, because not every font has them.

A picture is a tuple of ``(class, path data)``. Task pictures fill a square from (0, 0) to (16, 16);
event pictures are centred on (0, 0) and fit in a circle of radius 11.
"""

import math
from collections.abc import Mapping

from web.diagrams.markup import path

Picture = tuple[tuple[str, str], ...]

LINE, SOLID, PAPER, INVERSE = "d-line", "d-solid", "d-paper", "d-inverse"


def draw(picture: Picture) -> str:
    """Return the picture's paths."""
    return "".join(path(data, classes) for classes, data in picture)


def _gear(centre: float, outer: float, inner: float, teeth: int) -> str:
    points = []
    for index in range(teeth * 4):
        angle = 2 * math.pi * (index + 0.5) / (teeth * 4)
        radius = outer if index % 4 in (0, 1) else inner
        points.append(f"{centre + radius * math.cos(angle):.2f} {centre + radius * math.sin(angle):.2f}")
    return "M" + " L".join(points) + " Z"


_ENVELOPE = "M1 3.5 H15 V12.5 H1 Z"
_FLAP = "M1 3.5 L8 8.5 L15 3.5"
_HAND = (
    "M1.5 7.5 L6 3.4 Q7.4 2.6 8 3.8 L6.6 6 H13 Q14.3 6 14.3 7 T13 8 H9.6 M13 8 Q14.2 8.1 14.1 9 T12.8 9.9 H9.6"
    " M12.8 9.9 Q13.8 10.2 13.6 11 T12.2 11.7 H9.4 M12.2 11.7 Q12.9 12.1 12.6 12.8 T11.2 13.4 H6 Q4 13.4 1.5 11.6"
)

TASKS: Mapping[str, Picture] = {
    "userTask": (
        (PAPER, "M1.8 14.5 V12.4 Q1.8 9.2 5.4 8.8 H10.6 Q14.2 9.2 14.2 12.4 V14.5 Z"),
        (PAPER, "M8 1.2 A3.4 3.6 0 1 1 8 8.4 A3.4 3.6 0 1 1 8 1.2 Z"),
        (LINE, "M4.9 14.5 V12.2 M11.1 14.5 V12.2"),
    ),
    "serviceTask": (
        (PAPER, _gear(8, 7.4, 5.4, 8)),
        (PAPER, "M8 5.4 A2.6 2.6 0 1 1 8 10.6 A2.6 2.6 0 1 1 8 5.4 Z"),
    ),
    "sendTask": ((SOLID, _ENVELOPE), (INVERSE, _FLAP)),
    "receiveTask": ((PAPER, _ENVELOPE), (LINE, _FLAP)),
    "businessRuleTask": (
        (PAPER, "M1 2.5 H15 V13.5 H1 Z"),
        (SOLID, "M1 2.5 H15 V5.8 H1 Z"),
        (LINE, "M1 9.6 H15 M5.4 5.8 V13.5"),
    ),
    "manualTask": ((PAPER, _HAND),),
    "scriptTask": (
        (
            PAPER,
            "M4.5 1.5 H14 C10.5 4.5 10.5 6 12 8 C13.6 10.2 13.4 12 10.5 14.5 H1.5"
            " C4.6 12 4.6 10.2 3 8 C1.4 5.8 1.8 4 4.5 1.5 Z",
        ),
        (LINE, "M4.6 5 H9.6 M5 8 H10.4 M6 11 H10.8"),
    ),
}

_CLOCK_TICKS = " ".join(
    f"M{8.6 * math.sin(a):.2f} {-8.6 * math.cos(a):.2f} L{10 * math.sin(a):.2f} {-10 * math.cos(a):.2f}"
    for a in (math.pi * hour / 6 for hour in range(12))
)
_PENTAGON = (
    "M"
    + " L".join(
        f"{10 * math.sin(a):.2f} {-10 * math.cos(a):.2f}" for a in (2 * math.pi * corner / 5 for corner in range(5))
    )
    + " Z"
)
_OUTLINES: Mapping[str, str] = {
    "error": "M-8.5 8 L-3.8 -6.6 L1.6 0.4 L8.2 -8.6 L3.8 6 L-1.8 -1.2 Z",
    "escalation": "M0 -9.5 L7 8 L0 1.2 L-7 8 Z",
    "signal": "M0 -9.4 L9.4 6.4 H-9.4 Z",
    "link": "M-9.5 -3.6 H1.8 V-8 L10 0 L1.8 8 V3.6 H-9.5 Z",
    "terminate": "M0 -10.5 A10.5 10.5 0 1 1 0 10.5 A10.5 10.5 0 1 1 0 -10.5 Z",
    "compensation": "M-0.6 -6.5 L-9.6 0 L-0.6 6.5 Z M8.6 -6.5 L-0.4 0 L8.6 6.5 Z",
    "cancel": (
        "M-8.5 -5.7 L-5.7 -8.5 L0 -2.8 L5.7 -8.5 L8.5 -5.7 L2.8 0 L8.5 5.7 L5.7 8.5 L0 2.8"
        " L-5.7 8.5 L-8.5 5.7 L-2.8 0 Z"
    ),
    "multiple": _PENTAGON,
    "parallel-multiple": "M-3 -9.5 H3 V-3 H9.5 V3 H3 V9.5 H-3 V3 H-9.5 V-3 H-3 Z",
}
CATCHING: Mapping[str, Picture] = {
    "message": ((PAPER, "M-9.5 -6.5 H9.5 V6.5 H-9.5 Z"), (LINE, "M-9.5 -6.5 L0 0.8 L9.5 -6.5")),
    "timer": (
        (PAPER, "M0 -10.5 A10.5 10.5 0 1 1 0 10.5 A10.5 10.5 0 1 1 0 -10.5 Z"),
        (LINE, _CLOCK_TICKS + " M0 -7 L0 0 L4.6 2.6"),
    ),
    "conditional": (
        (PAPER, "M-7 -9.5 H7 V9.5 H-7 Z"),
        (LINE, "M-4.6 -5.6 H4.6 M-4.6 -1.9 H4.6 M-4.6 1.9 H4.6 M-4.6 5.6 H4.6"),
    ),
    **{kind: ((PAPER, data),) for kind, data in _OUTLINES.items()},
}
THROWING: Mapping[str, Picture] = {
    **CATCHING,
    **{kind: ((SOLID, data),) for kind, data in _OUTLINES.items()},
    "message": ((SOLID, "M-9.5 -6.5 H9.5 V6.5 H-9.5 Z"), (INVERSE, "M-9.5 -6.5 L0 0.8 L9.5 -6.5")),
}

ACTIVITY_MARKS: Mapping[str, Picture] = {
    "loop": ((LINE, "M5.2 12.6 A5.4 5.4 0 1 1 9 13"), (SOLID, "M6.8 9.6 L5.8 14.6 L2.4 11.6 Z")),
    "parallel": ((LINE, "M3.5 2 V13 M7.5 2 V13 M11.5 2 V13"),),
    "sequential": ((LINE, "M2 3.5 H13 M2 7.5 H13 M2 11.5 H13"),),
    "compensation": ((PAPER, "M7.6 3 L1.4 7.5 L7.6 12 Z M13.8 3 L7.6 7.5 L13.8 12 Z"),),
    "ad-hoc": ((LINE, "M1.5 9.6 C3.4 4.6 6 5.4 7.5 7.5 C9 9.6 11.6 10.4 13.5 5.4"),),
    "collapsed": ((PAPER, "M1 1 H14 V14 H1 Z"), (LINE, "M7.5 3.8 V11.2 M3.8 7.5 H11.2")),
}

GATEWAYS: Mapping[str, Picture] = {
    "exclusiveGateway": ((SOLID, "M-8.4 -10 H-5 L0 -2.6 L5 -10 H8.4 L1.8 0 L8.4 10 H5 L0 2.6 L-5 10 H-8.4 L-1.8 0 Z"),),
    "parallelGateway": ((SOLID, "M-1.8 -12 H1.8 V-1.8 H12 V1.8 H1.8 V12 H-1.8 V1.8 H-12 V-1.8 H-1.8 Z"),),
    "inclusiveGateway": (("d-ring", "M0 -11 A11 11 0 1 1 0 11 A11 11 0 1 1 0 -11 Z"),),
    "complexGateway": (("d-ring", "M0 -12.5 V12.5 M-12.5 0 H12.5 M-8.6 -8.6 L8.6 8.6 M-8.6 8.6 L8.6 -8.6"),),
}

STATE_SIGNS: Mapping[str, Picture] = {
    "done": (("d-sign", "M-4 0.2 L-1.2 3.2 L4.2 -3.2"),),
    "active": (("d-sign-solid", "M0 -3.4 A3.4 3.4 0 1 1 0 3.4 A3.4 3.4 0 1 1 0 -3.4 Z"),),
    "late": (("d-sign", "M0 -4.6 V1 M0 4.1 V4.5"),),
    "waiting": (("d-sign", "M-3 -4.4 H3 L-3 4.4 H3 Z"),),
    "error": (("d-sign", "M-3.2 -3.2 L3.2 3.2 M3.2 -3.2 L-3.2 3.2"),),
    "cancelled": (("d-sign", "M-4 0 H4"),),
}
