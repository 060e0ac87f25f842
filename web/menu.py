"""The navigation: which screens a person has, by role."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from web.platform import platform
from workflows.accounts.changes import READERS as ACCOUNT_READERS
from workflows.desk.audit import AUDITORS
from workflows.desk.cockpit import WATCHERS
from workflows.desk.credit import READERS as CREDIT_READERS
from workflows.desk.forecast import WATCHERS as FORECAST_WATCHERS
from workflows.desk.transfers import FINDERS
from workflows.engine_admin.access import CONFIRMERS
from workflows.engine_admin.access import READERS as ENGINE_READERS
from workflows.exchange.access import CORRECTORS, KEEPERS
from workflows.inspections.people import FIELD_ROLES
from workflows.policy import Actor

_INDICATORS = ("/performance/board", "/performance/kpis", "/performance/weights")


@dataclass(frozen=True, slots=True)
class Link:
    """One entry; ``key`` is pressed after G, ``count`` names the number beside it."""

    url: str
    text: str
    key: str = ""
    count: str = ""
    on_phone: bool = False

    @property
    def is_here(self) -> bool:
        """Tell whether this is the page that is shown."""
        if request.path.startswith(_INDICATORS):
            return self.url == _INDICATORS[0]
        return request.path == self.url or (self.url != "/intake" and request.path.startswith(self.url + "/"))


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that belong together, under a heading unless it is empty."""

    title: str
    links: list[Link]


_ADMINISTRATORS = ("administrator", "security_administrator", "audit_administrator")
_OVERSEERS = ("policy_officer", "leader", "discipline_watcher")


def menu_of(actor: Actor) -> list[Group]:
    """Return the entries a person has, by what they are for; what is most of somebody's work comes first."""
    own = Group("", _shown(_own_work(actor)))
    daily = (Group(_("监管执法"), _shown(_enforcement(actor))), Group(_("数据报送"), _shown(_delivery(actor))))
    watching = Group(_("监督"), _shown(_oversight(actor)))
    rules = Group(_("规则与名录"), _shown(_reference(actor)))
    system = (Group(_("流程引擎"), _shown(_engine(actor))), Group(_("系统安全"), _shown(_security(actor))))
    groups: tuple[Group, ...] = (own, *daily, watching, rules, *system)
    if actor.has(*_ADMINISTRATORS):
        groups = (own, *system, watching, *daily, rules)
    elif actor.has(*_OVERSEERS):
        groups = (own, watching, *daily, rules, *system)
    return [group for group in groups if group.links]


def _shown(wanted: Iterable[tuple[bool, Link]]) -> list[Link]:
    return [link for is_shown, link in wanted if is_shown]


def _own_work(actor: Actor) -> Iterable[tuple[bool, Link]]:
    return (
        (True, Link(url_for("worklist.show"), _("工作台"), "t", "todo", on_phone=True)),
        (True, Link(url_for("signing.overview"), _("会签"))),
        (True, Link(url_for("teamwork.copies"), _("抄送与已阅"))),
        (True, Link(url_for("letters.inbox"), _("收件箱（回执）"), "i", "inbox", on_phone=True)),
        (True, Link(url_for("letters.outbox"), _("发文簿"), "o")),
        (True, Link(url_for("cases.search"), _("案件"), "c", on_phone=True)),
        (True, Link(url_for("delegations.show"), _("外出与代理"))),
        (actor.has("approval_clerk"), Link(url_for("intake.home"), _("办件接入"), "n")),
        (actor.has("approval_clerk", "policy_officer", "leader"), Link(url_for("intake.check"), _("办理前核查"), "k")),
        (actor.has(*FINDERS), Link(url_for("transfers.new"), _("登记线索"), "l")),
    )


def _enforcement(actor: Actor) -> Iterable[tuple[bool, Link]]:
    sees = actor.has(*FINDERS) or actor.oversees
    return (
        (actor.has(*FIELD_ROLES), Link(url_for("field.index"), _("现场检查（手机）"), on_phone=True)),
        (True, Link(url_for("random_checks.overview"), _("双随机抽查"), "r")),
        (True, Link(url_for("complaints.overview"), _("投诉举报"))),
        (sees, Link(url_for("inspections.overview"), _("行政检查"), "j")),
        (sees, Link(url_for("penalties.overview"), _("行政处罚"), "p")),
        (sees, Link(url_for("construction.overview"), _("批后跟踪"), "f")),
        (sees, Link(url_for("patrols.watch_list"), _("临时许可到期"))),
        (sees, Link(url_for("patrols.plan"), _("城管巡查"))),
        (not actor.has("approval_clerk"), Link(url_for("key_areas.overview"), _("重点监管"))),
        (sees or actor.has("administrator"), Link(url_for("alerts.screen"), _("非现场监管"), "a")),
    )


def _delivery(actor: Actor) -> Iterable[tuple[bool, Link]]:
    exchanges = actor.has(*CORRECTORS, *KEEPERS) or actor.oversees
    return (
        (exchanges, Link(url_for("exchange.overview"), _("互联网+监管"))),
        (actor.has(*CREDIT_READERS), Link(url_for("credit.overview"), _("信用信息"))),
        (actor.has(*CREDIT_READERS), Link(url_for("publication.overview"), _("公示"))),
        (True, Link(url_for("reconciliation.overview"), _("对账"), "y")),
    )


def _oversight(actor: Actor) -> Iterable[tuple[bool, Link]]:
    sees = actor.has("approval_clerk", "policy_officer", "leader", "discipline_watcher")
    return (
        (actor.has(*WATCHERS), Link(url_for("cockpit.overview"), _("督办看板"), "b", on_phone=actor.has("leader"))),
        (actor.has(*FORECAST_WATCHERS), Link(url_for("forecast.overview"), _("办结预测"))),
        (sees, Link(url_for("devolved.overview"), _("下放事项监督"))),
        (sees or actor.has(*FIELD_ROLES), Link(url_for("performance.overview"), _("履职监督"))),
        (sees or actor.has(*FIELD_ROLES), Link(url_for("kpis.board"), _("指标"))),
        (True, Link(url_for("oversight.overview"), _("监督文书"))),
        (True, Link(url_for("bulletins.overview"), _("工作通报"))),
        (True, Link(url_for("staff.register"), _("专职人员"))),
        (actor.has("policy_officer", "leader"), Link(url_for("access.overview"), _("查看申请"))),
        (actor.has(*AUDITORS), Link(url_for("audit.index"), _("审计"))),
    )


def _reference(_actor: Actor) -> Iterable[tuple[bool, Link]]:
    return (
        (True, Link(url_for("catalogue.items"), _("监管事项清单"))),
        (True, Link(url_for("libraries.objects"), _("名录库"))),
        (True, Link(url_for("lookups.limits"), _("时限与日历"))),
        (True, Link(url_for("help_pages.index"), _("帮助"))),
        (True, Link(url_for("settings.show"), _("设置"))),
    )


def _engine(actor: Actor) -> Iterable[tuple[bool, Link]]:
    sees = actor.has(*ENGINE_READERS)
    confirms = actor.has(*CONFIRMERS)
    return (
        (sees, Link(url_for("engine_definitions.overview"), _("流程定义"))),
        (sees, Link(url_for("engine_instances.overview"), _("流程实例"))),
        (sees, Link(url_for("cockpit.incidents"), _("流程异常"))),
        (sees, Link(url_for("engine_operations.jobs"), _("作业"))),
        (sees, Link(url_for("engine_migrations.overview"), _("迁移版本"))),
        (sees, Link(url_for("engine_operations.overview"), _("管理操作记录"))),
        (confirms, Link(url_for("engine_requests.overview"), _("待第二人确认"))),
    )


def _security(actor: Actor) -> Iterable[tuple[bool, Link]]:
    sees = actor.has(*ACCOUNT_READERS)
    return (
        (sees, Link(url_for("accounts.overview"), _("账号"))),
        (sees, Link(url_for("accounts.asked"), _("账号申请"))),
    )


def counts_of(actor: Actor) -> dict[str, int]:
    """Return the numbers beside the entries; a page that has counted already leaves them in ``g.counts``."""
    counts = dict(g.get("counts") or platform().desk.worklist.counts(actor))
    return {**counts, "inbox": counts.get("sign", 0) + counts.get("cc", 0)}


def register(app: Flask) -> None:
    """Give pages the person, the entries and the numbers."""

    @app.context_processor
    def navigation() -> dict[str, object]:
        who: Actor | None = g.get("actor")
        shown = {"actor": who, "is_demo": platform().settings.is_demo}
        return shown | ({"menu": menu_of(who), "menu_counts": counts_of(who)} if who is not None else {})
