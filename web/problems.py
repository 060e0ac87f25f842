"""Errors as people and programs read them: a page in Chinese, or problem+json (RFC 9457)."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine.errors import AppError, Conflict, Forbidden, Invalid, NotFound, StaleVersion, Unavailable

logger = logging.getLogger(__name__)
STATUS: tuple[tuple[type[AppError], int], ...] = (
    (StaleVersion, 412), (NotFound, 404), (Conflict, 409), (Forbidden, 403), (Invalid, 422), (Unavailable, 503),
)  # fmt: skip
WORDS: Mapping[str, tuple[str, str]] = {
    "task-not-found": ("没有这个任务", "任务不存在，或不属于您的单位。请回到工作台查看。"),
    "task-not-open": ("任务已办理", "该任务已由他人办理或已撤销，无需重复办理。"),
    "task-claimed": ("任务已被签收", "该任务已被同事签收，请与其联系，或由负责人转办。"),
    "not-assignee": ("任务由他人签收", "只有签收人可以办理；负责人可以转办。"),
    "stale-version": ("内容已变化", "您打开页面后任务有变化，请刷新后核对再提交；已填内容已保存为草稿。"),
    "concurrent-update": ("同时有人在办理", "请稍候再试一次；没有写入任何内容。"),
    "case-not-found": ("没有这个案件", "案件不存在，或与您的单位无关。需要查看的，请与政策法规科联系。"),
    "letter-not-found": ("没有这份函件", "函件不存在，或与您的单位无关。"),
    "not-allowed": ("没有权限", "您的角色不能办理此事项。"),
    "same-person": ("须由另一人批准", "申请人与批准人不能是同一人。"),
    "form-invalid": ("填写有误", "请按提示改正后重新提交。"),
    "approval-invalid": ("数据有误", "请按提示改正后重新提交。"),
    "import-invalid": ("文件无法导入", "请按提示修改文件后重新上传。"),
    "return-refused": ("不得再次退回", "该责任已经裁定，不得再次退回，请认领。"),
    "already-paused": ("不能这样操作计时", "计时已中止、已申请中止或正在运行，请刷新后查看。"),
    "idempotency-key-reused": ("重复提交的内容不同", "同一次提交只能有一种内容，请刷新页面后重新填写。"),
    "sign-in-failed": ("登录失败", "用户名或密码不正确，或账号已锁定（15 分钟后自动解锁）。"),
    "database-unavailable": ("系统暂时不可用", "没有写入任何内容，请稍后再试。"),
    "font-missing": ("缺少中文字体", "请管理员安装 fonts-noto-cjk，或改为下载 Word。"),
    "instance-not-active": ("案件已办结或挂起", "不能再办理此案件的任务。"),
}
_HTTP = {
    400: ("请求有误", "请返回重试。"), 401: ("请先登录", "登录后继续。"), 403: ("没有权限", "您不能访问此页面。"),
    404: ("没有这个页面", "请检查地址，或从左侧菜单进入。"), 405: ("不支持这样访问", "请从页面上的按钮操作。"),
    413: ("文件过大", "文件不得超过 25 MB，请分批上传。"), 429: ("操作过于频繁", "请稍后再试。"),
    500: ("系统出错", "已记录，请稍后再试或联系管理员。"),
}  # fmt: skip


def status_of(error: AppError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def words_of(code: str) -> tuple[str, str]:
    """Return title and remedy of an error's code in Chinese."""
    return WORDS.get(code, ("操作未完成", "请返回重试；如仍不成功，请联系管理员。"))


def is_api() -> bool:
    """Tell whether a program asks."""
    return request.path.startswith("/api/")


def problem(status: int, code: str, detail: str = "", errors: object = None) -> Response:
    """Return a problem document."""
    title, remedy = words_of(code)
    body: dict[str, Any] = {
        "type": f"/problems/{code}", "title": title, "status": status, "detail": detail or remedy, "code": code,
    }  # fmt: skip
    if errors:
        body["errors"] = errors
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def register(app: Flask) -> None:
    """Answer every error as the asker can read it."""

    @app.errorhandler(AppError)
    def ours(error: AppError) -> ResponseReturnValue:
        status = status_of(error)
        found = error.facts.get("errors")
        detail = str(error.facts.get("reason") or "")
        if is_api():
            return problem(status, error.code, detail, found)
        title, remedy = words_of(error.code)
        listed = found if isinstance(found, list) else []
        page = render_template("error.html", title=title, remedy=remedy, detail=detail, errors=listed, code=error.code)
        return page, status

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> ResponseReturnValue:
        title, remedy = "页面已过期", "请刷新页面后重新提交；没有写入任何内容。"
        return render_template("error.html", title=title, remedy=remedy, detail="", errors=[], code="csrf"), 400

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        title, remedy = _HTTP.get(status, _HTTP[500])
        if is_api():
            return problem(status, f"http-{status}", str(error.description or remedy))
        return render_template("error.html", title=title, remedy=remedy, detail="", errors=[], code=status), status

    app.register_error_handler(Exception, _bug)


def _bug(error: Exception) -> ResponseReturnValue:
    logger.exception("unhandled error", exc_info=error, extra={"path": request.path})
    title, remedy = _HTTP[500]
    if is_api():
        return problem(500, "http-500", remedy)
    return render_template("error.html", title=title, remedy=remedy, detail="", errors=[], code=500), 500
