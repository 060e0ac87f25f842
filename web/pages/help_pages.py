"""Help by topic, and what each error means; open to everybody."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.problem_words import WORDS, words_of

pages = Blueprint("help_pages", __name__)
TOPICS = {
    "start": "从哪里开始", "worklist": "工作台与快捷键", "clocks": "灯与时限", "handoff": "审管衔接怎样走",
    "back": "退回、撤回与撤销", "signing": "会签与加签", "urging": "催办与抄送", "absence": "外出与代理",
    "transfer": "案件移送与督办", "intake": "办件接入与核查",
    "field": "手机现场检查（可离线）", "forms": "表单与流程的部署", "audit": "审计",
}  # fmt: skip


@pages.get("/help")
def index() -> ResponseReturnValue:
    """List the topics."""
    return render_template("help/start.html", topics=TOPICS, topic="start", problems=WORDS)


@pages.get("/help/<topic>")
def topic(topic: str) -> ResponseReturnValue:
    """Explain one topic."""
    if topic not in TOPICS:
        raise NotFound
    return render_template(f"help/{topic}.html", topics=TOPICS, topic=topic, problems=WORDS)


@pages.get("/problems/<code>")
def problem(code: str) -> ResponseReturnValue:
    """Explain an error and its remedy."""
    if code not in WORDS:
        raise NotFound
    title, remedy = words_of(code)
    return render_template("help/problem.html", title=title, remedy=remedy, code=code, topics=TOPICS, topic="")
