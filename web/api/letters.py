"""Letters as files."""

from urllib.parse import quote
from uuid import UUID

from flask import Response

from web.api.caller import caller, desk
from web.api.routes import Routes

routes = Routes("letters", "Letters as Word and PDF")
KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@routes.file("/letters/<uuid:letter_id>.<any(docx, pdf):kind>", KINDS)
def download_letter(letter_id: UUID, kind: str) -> Response:
    """Download a letter that the caller's unit sent or received."""
    name, content = desk().letters.render(caller(), letter_id, kind)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, content_type=KINDS[kind], headers=headers)
