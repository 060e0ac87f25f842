"""What a task is about, in words: for its line in the list and to be found by."""

from collections.abc import Mapping, Sequence
from typing import Any

from workflows.pinyin import search_words


def about(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a task's variables with those of its subject, when it is one of many of a kind, on top."""
    subject = variables.get("subject")
    return {**variables, "title": None, **subject} if isinstance(subject, Mapping) else variables


def describe(variables: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a task is about: the item, and the party or project; of one among many, that one."""
    variables = about(variables)
    title = variables.get("title") or variables.get("item_name") or variables.get("matter_name")
    title = title or variables.get("project_name") or "案件"
    parts: Sequence[Any] = (variables.get("party_name"), variables.get("project_name"), variables.get("document_no"))
    return str(title), " · ".join(dict.fromkeys(str(part) for part in parts if part))


def columns_of(variables: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns by which a task is grouped and found; the engine stores them with it."""
    title, subtitle = describe(variables)
    found = about(variables)
    return {"subject": title, "search": search_words(title, subtitle, found.get("project_no"), found.get("site"))}
