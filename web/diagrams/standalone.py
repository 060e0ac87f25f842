"""A picture that carries its own colours, for letters, mail and files outside a page."""

from functools import cache
from pathlib import Path

STYLESHEET = Path(__file__).resolve().parent.parent / "static" / "css" / "diagram.css"


@cache
def _rules() -> str:
    return STYLESHEET.read_text(encoding="utf-8")


def with_stylesheet(svg: str) -> str:
    """Return *svg* with the diagram's stylesheet inside; pages never need this, they link the file."""
    head, _, rest = svg.partition(">")
    return f"{head}><style>{_rules()}</style>{rest}"
