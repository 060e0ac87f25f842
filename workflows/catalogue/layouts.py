"""The official layouts of the catalogue: what their columns are called, and which part each one fills.

The annex follows the parts that the rules name (zz2020/2.2), the list of check items the columns of published lists
of random inspection, the third one the catalogue of the “互联网+监管” system. A column whose code begins with ``_``
is only for reading.
"""

from workflows.catalogue.fields import CHECK_PARTS, ITEM_PARTS
from workflows.intake.layouts import Layout

ANNEX = Layout(
    "annex",
    "划转审批局事项监管目录清单",
    {
        "code": "事项编码", "version": "版本", "_valid_from": "生效日期", "_valid_to": "失效日期",
        **{part.key: part.label for part in ITEM_PARTS if part.key != "checks"},
        "approving_unit": "审批机关", "lead_unit": "责任单位", "other_units": "协同监管单位",
        "default_officer": "责任人", "stand_in": "代岗人",
    },
    ("code", "name", "measure"),
)  # fmt: skip
CHECKS = Layout(
    "checks",
    "检查实施清单",
    {
        "item_code": "事项编码", "_department": "部门", "_item": "权责清单事项",
        **CHECK_PARTS,
        "_object": "检查对象", "_class": "事项类别", "_level": "检查层级", "_basis": "检查依据",
    },
    ("item_code", "code", "content"),
)  # fmt: skip
NATIONAL = Layout(
    "national",
    "“互联网+监管”监管事项目录",
    {
        "main_code": "事项编码（主项）", "category": "监管事项（主项名称）", "_power": "监管事项对应的权力事项编码",
        "lead_unit": "监管部门", "_permit_type": "对应的许可事项类型", "permits": "对应的许可事项名称",
        "_status": "事项状态", "code": "子项编码", "name": "监管子项", "object_type": "监管对象类别",
        "object": "监管对象", "measure": "监管措施", "modes": "监管方式", "level": "监管层级",
        "basis": "设定依据", "_process": "监管流程", "handling": "处理方式", "_lists": "检查实施清单编号",
        "_scope": "适用范围", "_sub_status": "子项状态", "_checks": "监管检查项",
    },
    ("code", "name", "main_code"),
)  # fmt: skip
LAYOUTS = (ANNEX, CHECKS, NATIONAL)
