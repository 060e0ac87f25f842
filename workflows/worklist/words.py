"""What a task is about, in words: for its line in the list and to be found by."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from engine.store.unit_of_work import Change
from workflows.pinyin import search_words
from workflows.records.lists import case_words
from workflows.uow import UnitOfWork

_REMEMBER = insert(case_words)


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


def remember_words(uow: UnitOfWork, change: Change) -> None:
    """Keep what a new case is found by, from the variables it begins with."""
    case, variables = change.instance, change.variables
    title, subtitle = describe(variables)
    found = columns_of(variables)["search"]
    row = {
        "instance_id": case.id, "business_key": case.business_key, "definition_key": case.definition_key,
        "title": title, "subtitle": subtitle, "words": f"{case.business_key.lower()} {found}", "begun_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(_REMEMBER, row)
