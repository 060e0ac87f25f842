"""Follows the records of publications: an outlet published them, refused them, or took them down."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from workflows.publication.outlets import follow
from workflows.records.delivery import outbound_record
from workflows.records.publication import publication
from workflows.uow import UnitOfWork

_p, _r = publication.c, outbound_record.c
_OPEN = ("queued", "sent", "held", "failed", "withdrawing")
_MANY = 200


@dataclass(frozen=True, slots=True)
class FollowPublications:
    """Bring publications to where their records are; answers how many were looked at that moved."""

    def run(self, uow: UnitOfWork) -> int:
        """Follow at most a few hundred at once; the next look finds the rest."""
        rows = moved_publications(uow)
        for row in rows:
            newest = uow.connection.execute(
                select(outbound_record).where(_r.row_guid == row.row_guid).order_by(_r.version.desc()).limit(1)
            ).one()
            follow(uow, row.id, newest.id, _refusal(newest))
        return len(rows)


def moved_publications(uow: UnitOfWork, limit: int = _MANY) -> list[Row[Any]]:
    """Return the open publications whose record has moved on."""
    seen = select(_p.id, _p.state, _r.row_guid, _r.status, _r.operation).join(outbound_record, _r.id == _p.record_id)
    level = (
        ((_r.status == "held") & (_p.state == "held"))
        | (_r.status.in_(("queued", "batched")) & (_p.state == "queued"))
        | ((_r.status == "sent") & (_p.state == "sent"))
        | ((_r.status == "rejected") & (_p.state == "failed"))
        | ((_r.operation == "d") & _r.status.in_(("queued", "batched", "sent")) & (_p.state == "withdrawing"))
    )
    return list(uow.connection.execute(seen.where(_p.state.in_(_OPEN), ~level).order_by(_p.id).limit(limit)))


def _refusal(record: object) -> str:
    if getattr(record, "status", "") != "rejected":
        return ""
    return "；".join(one["message"] for one in getattr(record, "findings", []) if one["level"] == "error")[-500:]
