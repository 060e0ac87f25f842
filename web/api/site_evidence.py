"""Files of construction checks and patrols: list, send, download."""

from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import Schema, fields

from web.api.caller import caller, desk
from web.api.penalty_shapes import CaseEvidenceSchema
from web.api.preconditions import replayed
from web.api.routes import Routes
from workflows.desk.site_evidence import SiteEvidence
from workflows.evidence import MEDIA_TYPES

routes = Routes("site-evidence", "Files of construction checks and patrols")
_FILES = {extension: media for media, extension in MEDIA_TYPES.items()}
_PLACE = "/site-evidence/<any(checks,patrols):kind>/<uuid:owner_id>"


class SiteEvidenceSchema(Schema):
    """The files of a check or patrol."""

    title = fields.String()
    files = fields.List(fields.Nested(CaseEvidenceSchema))


@routes.get(_PLACE, SiteEvidenceSchema)
def list_site_evidence(kind: str, owner_id: UUID) -> SiteEvidence:
    """List the files of a check or patrol."""
    return desk().site_evidence.of(caller(), kind, owner_id)


@routes.send("POST", _PLACE, gives=CaseEvidenceSchema, status=201, also=(200,))
def attach_site_evidence(kind: str, owner_id: UUID) -> tuple[Any, int, dict[str, str]]:
    """Send a file as it is; sending it again changes nothing."""
    actor = caller()
    done = desk().site_evidence.attach(actor, kind, owner_id, request.get_data(cache=False))
    return done, 200 if done.was_known else 201, replayed(done.was_known)


@routes.file(_PLACE + "/<sha256>", _FILES)
def read_site_evidence(kind: str, owner_id: UUID, sha256: str) -> Response:
    """Download a file of a check or patrol."""
    found = desk().site_evidence.content(caller(), kind, owner_id, sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(found.content, content_type=found.media_type, headers=headers)
