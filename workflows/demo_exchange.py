"""What the demo city tells others: a front-end database beside it, with two rows that are complained about."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from workflows.adapters.front_end import feedback_table, table_of
from workflows.bootstrap import Application
from workflows.exchange.collect import Collect
from workflows.exchange.datasets import CHANNEL
from workflows.standards import layout
from workflows.uow import ZONE, local_day_of

_FIRST = ("inspection", "rectification", "penalty", "coercion", "double_random", "risk_warning", "complaint")
_COMPLAINTS = ("监管对象名称与市场主体登记不一致（演示）", "检查表单版本已停用（演示）")
_ROUTES = """# 演示：报送到本机的前置库和文件夹。正式配置见 docs/exchange.md
[exchange]
adapter = "front_end_database"
url = "sqlite:///{front}"
create = true
presume_hours = 24

[credit]
adapter = "files"
folder = "{folder}/credit"
format = "xlsx"
"""


def write_demo_routes(folder: Path) -> Path:
    """Write where the demo city sends what it tells; answers the file."""
    path = folder / "demo-routes.toml"
    text = _ROUTES.format(front=(folder / "demo-front.db").as_posix(), folder=folder.as_posix())
    path.write_text(text, encoding="utf-8")
    return path


def fill_exchange(app: Application, folder: Path) -> None:
    """Tell what the officers did, send it when there is a route, and let the other side complain."""
    for key in _FIRST:
        app.engine.execute(Collect(key, app.rulebook))
    if CHANNEL in app.courier.routes:
        (folder / "demo-front.db").unlink(missing_ok=True)
        app.courier.work()
        _complain(app, folder)
        app.courier.work()


def _complain(app: Application, folder: Path) -> None:
    now = app.engine.clock.now()
    table, faults = table_of(layout("regulation_inspection", local_day_of(now))), feedback_table()
    at = now.astimezone(ZONE).replace(tzinfo=None)
    same = {
        "err_type": "E-DEMO", "cd_time": at, "table_cd_source": app.rulebook.city.area, "table_cd_time": at,
        "table_name": "行政检查行为", "table_sql_name": table.name, "table_update_time": at,
    }  # fmt: skip
    pool = create_engine(f"sqlite:///{folder / 'demo-front.db'}")
    with pool.begin() as connection:
        taken = connection.execute(select(table.c.row_guid, table.c.cd_batch).order_by(table.c.row_guid)).all()
        faults.create(connection, checkfirst=True)
        for row, remark in zip(taken, _COMPLAINTS, strict=False):
            about = {"table_row_guid": row.row_guid, "table_cd_batch": row.cd_batch, "row_guid": f"demo-{row.row_guid}"}
            connection.execute(insert(faults), {**same, **about, "remark": remark})
    pool.dispose()
