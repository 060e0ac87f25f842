"""The demo city's books: every day of its two weeks counted, and a list of the approval bureau compared."""

from workflows.bootstrap import Application
from workflows.desk.asking import Ask
from workflows.directory import find_actor
from workflows.intake.report import text_workbook
from workflows.reconciliation.compare import Scope, ours_of
from workflows.reconciliation.daily import OpenReconciliation
from workflows.uow import local_day_of
from workflows.working_days import ONE_DAY

_HEADER = ("办件编号", "决定书文号", "申请人", "许可决定日期")
_FIELDS = ("key", "document_no", "party_name", "decided_on")
_SHOWN = 40


def fill_reconciliation(app: Application, clerk: str, days: int) -> None:
    """Count the days, and compare a list in which one file is unknown here and one is spelt differently."""
    today = local_day_of(app.engine.clock.now())
    first = today - ONE_DAY * days
    app.engine.execute(OpenReconciliation("demo", first))
    app.jobs.run_due()
    actor = app.engine.ask(Ask(lambda uow: find_actor(uow, clerk)))
    if actor is None:
        return
    scope = Scope("decision", actor.units[-1], first, today)
    known = app.engine.ask(Ask(lambda uow: ours_of(uow, scope)))
    rows = [[one["texts"][name] for name in _FIELDS] for one in list(known.values())[:_SHOWN]]
    for row in rows[:1]:
        row[2] = "演示：名称登记不一致"
    rows.append(["演示-未推送-1", "演示〔2026〕99号", "演示：本平台没有的办件", today.isoformat()])
    data = text_workbook([("演示清单", _HEADER, rows)])
    app.desk.counterpart_lists.import_list(actor, scope, ("演示：审批局办件清单.xlsx", data))
