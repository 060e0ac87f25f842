"""Who may sign an entry: the signer, or who stands in with the right to sign; nobody signs twice."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from workflows import team_errors
from workflows.absence.acting import write_down
from workflows.policy import Actor, Cover
from workflows.signing.store import Round
from workflows.uow import UnitOfWork


def signer_for(uow: UnitOfWork, actor: Actor, round_: Round, entry: Mapping[str, Any]) -> Cover | None:
    """Return for whom the person signs, None for themselves.

    Raises:
        SigningNotFound: the entry is another person's.
        MayNotSign: that person did not hand over signing, or who stands in is a signer of the round, too.
    """
    if entry["login"] == actor.login:
        return None
    key = uow.task(round_.row.task_id).definition_key
    cover = next((one for one in actor.covers if one.login == entry["login"] and one.covers(key)), None)
    if cover is None:
        raise team_errors.SigningNotFound(entry=str(entry["id"]))
    if not cover.may_sign:
        raise team_errors.MayNotSign(principal=cover.login)
    if any(actor.login in (one["login"], one["decided_by"]) for one in round_.entries if one["state"] != "removed"):
        raise team_errors.MayNotSign(principal=cover.login, reason="您也是本次会签的签署人，不能再代他人签署")
    return cover


def note_acting(uow: UnitOfWork, row: Row[Any], actor: Actor, cover: Cover) -> None:
    """Keep that somebody signed for another person."""
    write_down(uow, actor, cover, uow.task(row.task_id), "signed")
