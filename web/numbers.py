"""Numbers of cases as people read them."""

from flask import Flask


def case_number(key: str | None) -> str:
    """Return a case's number; of a supervision order, whose number holds what caused it, only that cause."""
    parts = (key or "").split("/")
    return f"督办 {parts[1]}" if len(parts) > 2 and parts[0] == "DB" else key or ""


def register(app: Flask) -> None:
    """Give templates the filter."""
    app.jinja_env.filters["number"] = case_number
