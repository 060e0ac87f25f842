"""Photos and files of construction checks and patrols."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.pages.letters import as_file
from web.platform import platform
from workflows import errors
from workflows.desk.site_evidence import KINDS
from workflows.evidence import MEDIA_TYPES

CLAUSES = ("zz2020/1.1/patrol",)
pages = Blueprint("site_evidence", __name__)


@pages.get("/site-evidence/<any(checks,patrols):kind>/<uuid:owner_id>")
def show(kind: str, owner_id: UUID) -> ResponseReturnValue:
    """Show the files of a check or patrol, and the field by which the own unit adds some."""
    view = platform().desk.site_evidence.of(actor(), kind, owner_id)
    return render_template("construction/evidence.html", view=view, kinds=KINDS, media=MEDIA_TYPES)


@pages.post("/site-evidence/<any(checks,patrols):kind>/<uuid:owner_id>")
def attach(kind: str, owner_id: UUID) -> ResponseReturnValue:
    """Keep the chosen files."""
    platform().desk.site_evidence.of(actor(), kind, owner_id)
    files = [file for file in request.files.getlist("files") if file.filename]
    kept = 0
    try:
        for file in files:
            platform().desk.site_evidence.attach(actor(), kind, owner_id, file.read())
            kept += 1
        flash(f"已保存 {kept} 份。" if files else "请先选择文件。")
    except errors.EvidenceRefused as exc:
        flash(f"已保存 {kept} 份；{exc.facts['reason']}")
    return redirect(url_for(".show", kind=kind, owner_id=owner_id))


@pages.get("/site-evidence/<any(checks,patrols):kind>/<uuid:owner_id>/<sha256>")
def content(kind: str, owner_id: UUID, sha256: str) -> Response:
    """Return a file; it is always a download and never more than its bytes say."""
    found = platform().desk.site_evidence.content(actor(), kind, owner_id, sha256)
    response = as_file(found.name, found.content, found.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
