"""BPMN diagrams for people: drawn by us as SVG, told as text, and compared.

Needs no browser, no database and no web server; the same picture serves pages without JavaScript,
print, letters and tests.
"""

from web.diagrams.changes import changed_elements
from web.diagrams.differences import Detail, Difference, differences
from web.diagrams.narrative import TextStep, describe_text
from web.diagrams.notes import Note, Tone
from web.diagrams.standalone import with_stylesheet
from web.diagrams.states import STATE_LABELS, ElementState, StateName, TokenStates
from web.diagrams.svg import render_svg

__all__ = [
    "STATE_LABELS",
    "Detail",
    "Difference",
    "ElementState",
    "Note",
    "StateName",
    "TextStep",
    "TokenStates",
    "Tone",
    "changed_elements",
    "describe_text",
    "differences",
    "render_svg",
    "with_stylesheet",
]
