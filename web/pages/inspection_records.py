"""The on-site record at a desk: sheet, files, signature or refusal; works without JavaScript."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import AppError, KeyReused, TaskNotOpen
from engine.ids import new_id
from web.auth import actor
from web.pages.inspections import WORDS
from web.platform import platform
from web.problem_words import words_of
from web.problems import mistakes_of
from workflows import errors
from workflows.desk.inspection_views import InspectionView

CLAUSES = ("zz2020/2.5", "xzcf/55")
pages = Blueprint("inspection_records", __name__)
_GONE = (errors.RecordConflict, TaskNotOpen, KeyReused)
Mistakes = Sequence[Mapping[str, Any]]


@pages.get("/inspections/<uuid:inspection_id>/record")
def ask(inspection_id: UUID) -> ResponseReturnValue:
    """Show the record to be filled in."""
    view = platform().desk.inspections.view(actor(), inspection_id)
    if view.record_task is None:
        return redirect(url_for("inspections.show", inspection_id=inspection_id))
    return _page(view)


@pages.post("/inspections/<uuid:inspection_id>/record")
def submit(inspection_id: UUID) -> ResponseReturnValue:
    """Keep the files, then the record; files stay kept when something else is wrong."""
    desk, who = platform().desk.inspections, actor()
    mistakes = list(_keep_files(inspection_id))
    view = desk.view(who, inspection_id)
    if request.form.get("act") == "upload" or mistakes:
        return _page(view, mistakes), 422 if mistakes else 200
    try:
        desk.submit(who, inspection_id, record_of(view), _client_id())
    except errors.FormInvalid as exc:
        return _page(view, mistakes_of(exc)), 422
    except _GONE as exc:
        return _page(view, notice=_words(exc)), 409
    flash("检查记录已提交，等待审核。")
    return redirect(url_for("inspections.show", inspection_id=inspection_id))


def _client_id() -> UUID:
    """Return the id the form was given when it was first shown."""
    try:
        return UUID(request.form.get("client_id", ""))
    except ValueError:
        return new_id(platform().engine.clock.now())


def _words(error: AppError) -> str:
    title, remedy = words_of(error.code)
    return f"{error.facts.get('reason') or title}。{remedy}您填写的内容见下，可以复制。"


def _page(view: InspectionView, mistakes: Mistakes = (), notice: str = "") -> str:
    kept = list(_kept(view))
    return render_template(
        "inspections/record.html", view=view, errors=mistakes, notice=notice, given=request.form, kept=kept,
        words=WORDS, client_id=_client_id(),
        wrong={str(one["field"]): str(one["message"]) for one in mistakes},
    )  # fmt: skip


def _keep_files(inspection_id: UUID) -> Iterator[Mapping[str, str]]:
    """Keep what was sent with the form, and say what could not be kept."""
    for file in request.files.getlist("photos"):
        if not file.filename:
            continue
        content = file.read()
        digest = hashlib.sha256(content).hexdigest()
        try:
            platform().desk.inspections.put_evidence(actor(), inspection_id, digest, "", content)
        except errors.EvidenceRefused as exc:
            yield {"field": "photos", "message": f"“{file.filename}”：{exc.facts['reason']}"}


def _kept(view: InspectionView) -> Iterator[dict[str, str]]:
    """Yield the files of this inspection that no record before has named, with the names given to them."""
    named = {one["sha256"] for record in view.records for one in record["evidence"]}
    for place, (digest, file) in enumerate(view.sizes.items(), 1):
        if digest not in named:
            kind = str(file["media_type"]).split("/", 1)[0]
            guess = {"image": "photo", "video": "video", "audio": "audio"}.get(kind, "document")
            yield {
                "sha256": digest, "media_type": file["media_type"],
                "name": request.form.get(f"name_{digest}") or f"现场材料 {place}",
                "kind": request.form.get(f"kind_{digest}") or guess,
            }  # fmt: skip


def record_of(view: InspectionView) -> dict[str, Any]:
    """Return what the form says as the record that every device sends."""
    form = request.form
    lines = [
        {
            "code": line["code"],
            "verdict": form.get(f"line_{line['code']}", ""),
            "note": form.get(f"note_{line['code']}", ""),
        }
        for line in view.row["sheet"]
        if form.get(f"line_{line['code']}")
    ]
    evidence = [
        {"sha256": one["sha256"], "name": one["name"], "kind": one["kind"], "taken_at": None}
        for one in _kept(view)
        if form.get(f"leave_{one['sha256']}") is None
    ]
    return {
        "started_at": form.get("started_at", ""), "ended_at": form.get("ended_at", ""), "lines": lines,
        "result": form.get("result", ""), "summary": form.get("summary", ""), "location": None, "evidence": evidence,
        "signature": _signature(),
    }  # fmt: skip


def _signature() -> dict[str, Any] | None:
    form, kind = request.form, request.form.get("signature", "")
    if kind not in ("signed", "refused"):
        return None
    witnesses = [line.strip() for line in form.get("witnesses", "").splitlines() if line.strip()]
    return {
        "kind": kind, "signer": form.get("signer", "") if kind == "signed" else "", "image_sha256": None,
        "witnesses": witnesses if kind == "refused" else [],
        "reason": form.get("refusal_reason", "") if kind == "refused" else "",
    }  # fmt: skip
