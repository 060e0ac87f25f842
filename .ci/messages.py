"""Bring web/translations up to date: every Chinese text of the templates and of the web's Python, with its English.

A new text gets an empty translation and stays Chinese on the screen; a text that is gone loses its entry.
"""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
# Layouts of official files, check sheets and what the demo makes up are data.
STAY_CHINESE = ("web/conformance.py", "workflows/intake", "workflows/catalogue/layouts.py", "workflows/standards",
                "workflows/demo", "workflows/letter_book.py", "workflows/letters", "workflows/exchange")  # fmt: skip


def in_templates() -> Iterator[tuple[str, str]]:
    """Yield (text, file) of every text and literal of the templates."""
    from flask import Flask

    from web.translation import Texts, has_words, is_literal, message_of

    environment = Flask("web").jinja_env
    for path in sorted((ROOT / "web" / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT))
        stream = environment.lexer.tokenize(path.read_text(encoding="utf-8"), name)
        before = None
        for one in Texts(stream).parts():
            if isinstance(one, list) and has_words(one):
                yield message_of(one), name
            for token in [one] if not isinstance(one, list) else _tokens(one):
                if is_literal(before, token):
                    yield token.value, name
                before = token


def _tokens(parts: list) -> Iterator:  # type: ignore[type-arg]
    return (token for part in parts if not isinstance(part, str) for token in part)


def in_python() -> Iterator[tuple[str, str]]:
    """Yield (text, file) of what the web's Python says, and of the tables of words that screens show."""
    from web.translation import CHINESE

    for path in sorted((ROOT / "web").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.startswith(STAY_CHINESE):
            continue
        for text in _said(ast.parse(path.read_text(encoding="utf-8"))):
            if CHINESE.search(text) and "<" not in text:
                yield text, name
    for path in sorted((ROOT / "workflows").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        for text in () if name.startswith(STAY_CHINESE) else _tables(ast.parse(path.read_text(encoding="utf-8"))):
            if CHINESE.search(text):
                yield text, name


def _said(tree: ast.AST) -> Iterator[str]:
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield _pattern(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | notes:
            yield node.value


def _pattern(node: ast.JoinedStr) -> str:
    places = iter(range(len(node.values)))
    return "".join(str(part.value) if isinstance(part, ast.Constant) else f"{{{next(places)}}}" for part in node.values)


def _tables(tree: ast.Module) -> Iterator[str]:
    """Yield the short words of a module's tables {code: word}."""
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        for table in ast.walk(value) if value is not None else ():
            if isinstance(table, ast.Dict):
                yield from (
                    one.value
                    for one in table.values
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and "{" not in one.value
                )


def update() -> tuple[int, list[str]]:
    """Write the catalogue; answers how many texts there are, and those without English."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    from web.translation import CATALOGUE, catalogue

    known = catalogue() if CATALOGUE.exists() else {}
    fresh = Catalog(
        locale="en", project="xianjie", creation_date=WHEN, revision_date=WHEN, last_translator="", language_team="",
        fuzzy=False,
    )  # fmt: skip
    for text, name in (*in_templates(), *in_python()):
        fresh.add(text, known.get(text, ""), locations=[(name, 0)])
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, fresh, width=0, sort_output=True, include_lineno=False, omit_header=False)
    return len(fresh), [str(one.id) for one in fresh if one.id and not one.string]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    number, missing = update()
    print(f"{number} texts, {len(missing)} without English")
