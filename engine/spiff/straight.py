"""Tokens that come straight back: work that was given back once leads to where it was given back from."""

from engine.spiff.tokens import Token

LEADS_TO = "leads_to"


def give(token: Token, assignee: str | None) -> None:
    """Let a user task that begins to wait go to one person."""
    if assignee is not None and "task" in token.internal_data:
        token.internal_data["task"]["assignee"] = assignee


def comes_straight_back(token: Token) -> bool:
    """Begin where the work was given back from, if it was; tells whether it was."""
    order = token.internal_data.get(LEADS_TO)
    if order is None:
        return False
    element, assignee, older = order
    following: Token = token.workflow.place(element)
    following.step("entered", straight_from=token.task_spec.bpmn_id)
    following.task_spec._update(following)
    give(following, assignee)
    if older is not None:
        following.internal_data[LEADS_TO] = older
    return True
