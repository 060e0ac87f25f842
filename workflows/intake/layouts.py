"""The official layouts: which columns they have, by code and by Chinese name, and what each means to us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows import errors

DUAL_LICENCE: Mapping[str, str] = {
    "XK_XDR_MC": "行政相对人名称", "XK_XDR_LB": "行政相对人类别", "XK_XDR_SHXYM": "行政相对人代码_1(统一社会信用代码)",
    "XK_XDR_GSZC": "行政相对人代码_2(工商注册号)", "XK_XDR_ZZJG": "行政相对人代码_3(组织机构代码)",
    "XK_XDR_SWDJ": "行政相对人代码_4(税务登记号)", "XK_XDR_SYDW": "行政相对人代码_5(事业单位证书号)",
    "XK_XDR_SHZZ": "行政相对人代码_6(社会组织登记证号)", "XK_FRDB": "法定代表人", "XK_FR_ZJLX": "法定代表人证件类型",
    "XK_FR_ZJHM": "法定代表人证件号码", "XK_FR_SFZH": "法定代表人身份证号", "XK_XDR_ZJLX": "自然人证件类型",
    "XK_XDR_ZJHM": "自然人证件号码", "XK_XKWS": "行政许可决定文书名称", "XK_WSH": "行政许可决定文书号", "XK_XKLB": "许可类别",
    "XK_XKZS": "许可证书名称", "XK_XKBH": "许可编号", "XK_NR": "许可内容", "XK_JDRQ": "许可决定日期", "XK_YXQZ": "有效期自",
    "XK_YXQZI": "有效期至", "XK_XKJG": "许可机关", "XK_XKJGDM": "许可机关统一社会信用代码", "XK_ZT": "当前状态",
    "XK_LYDW": "数据来源单位", "XK_LYDWDM": "数据来源单位统一社会信用代码", "BZ": "备注",
    "XK_XDR_TYPE": "相对人类别代码", "XK_FDDB": "法定代表人姓名", "XK_XDR_SFZH": "自然人身份证号",
}  # fmt: skip
LOCAL: Mapping[str, str] = {
    "project_no": "办件编号", "project_code": "项目代码", "project_name": "项目名称", "area": "项目所在区划",
    "site": "项目地点", "task_name": "事项名称", "result_type": "办结结果",
}  # fmt: skip
LEGACY_LICENCE: Mapping[str, str] = {
    "XK_WSH": "行政许可决定书文号", "XK_XMMC": "项目名称", "XK_SPLB": "审批类别", "XK_NR": "许可内容",
    "XK_XDR": "行政相对人名称", "XK_XDR_SHXYM": "统一社会信用代码", "XK_XDR_ZDM": "组织机构代码",
    "XK_XDR_GSDJ": "工商登记码", "XK_XDR_SWDJ": "税务登记号", "XK_XDR_SFZ": "居民身份证号", "XK_FR": "法定代表人",
    "XK_JDRQ": "许可决定日期", "XK_JZQ": "许可截止期", "XK_XZJG": "许可机关", "XK_ZT": "当前状态", "DFBM": "地方编码",
    "SJC": "数据更新时间戳", "BZ": "备注",
}  # fmt: skip
_LEGACY_LOCAL = ("project_no", "project_code", "site", "area", "task_name", "result_type")
_RENAMED: Mapping[str, str] = {
    "XK_XDR": "XK_XDR_MC", "XK_FR": "XK_FRDB", "XK_FDDB": "XK_FRDB", "XK_JZQ": "XK_YXQZI", "XK_XZJG": "XK_XKJG",
    "XK_XMMC": "project_name", "XK_SPLB": "XK_XKLB", "XK_XDR_ZDM": "XK_XDR_ZZJG", "XK_XDR_GSDJ": "XK_XDR_GSZC",
    "XK_XDR_SFZ": "XK_XDR_ZJHM", "XK_XDR_SFZH": "XK_XDR_ZJHM", "XK_XDR_TYPE": "XK_XDR_LB", "DFBM": "area",
    "XK_FR_SFZH": "XK_FR_ZJHM",
}  # fmt: skip
RESULT: Mapping[str, str] = {
    "project_no": "办件编号", "result_date": "办结时间", "result_type": "办结结果", "result_explain": "办件结果描述",
    "result_cetr_name": "结果证照名称", "result_cetr_no": "结果证照编号", "row_guid": "记录唯一标识", "cd_operation": "同步类型",
    "cd_batch": "批次号", "cd_time": "同步时间", "data_source": "数据来源", "handle_user_name": "受理人员",
    "is_delivery_results": "是否快递递送结果", "remark": "备注", "satisfaction": "满意度",
}  # fmt: skip
ACCEPT: Mapping[str, str] = {
    "project_no": "办件编号", "task_name": "事项名称", "task_code": "实施编码", "catalog_code": "基本编码",
    "applyer_name": "申请人名称", "applyer_type": "申请人类型", "applyer_page_type": "申请人证件类型",
    "applyer_page_code": "申请人证件号码", "legal": "法定代表人", "project_name": "办理摘要", "accept_date": "受理时间",
    "apply_date": "申请时间", "org_name": "受理部门", "org_code": "受理部门编码", "address": "通讯地址",
    "contact_name": "联系人/代理人姓名", "contact_mobile": "联系人手机号码", "row_guid": "记录唯一标识",
    "cd_operation": "同步类型", "cd_batch": "批次号", "cd_time": "同步时间", "task_version": "事项版本",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout; the markers are columns without which it is not this one."""

    key: str
    title: str
    columns: Mapping[str, str]
    markers: tuple[str, ...]


LAYOUTS: tuple[Layout, ...] = (
    Layout("dual_publicity_licence", "双公示·行政许可", {**DUAL_LICENCE, **LOCAL}, ("XK_XDR_MC", "XK_WSH", "XK_JDRQ")),
    Layout(
        "dual_publicity_licence_2015",
        "双公示·行政许可（2015 版）",
        {**{code: LOCAL[code] for code in _LEGACY_LOCAL}, **LEGACY_LICENCE},
        ("XK_XDR", "XK_WSH", "XK_JDRQ"),
    ),
    Layout(
        "approval_result", "办件结果（可连同受理信息）", {**ACCEPT, **RESULT, **LOCAL}, ("project_no", "result_date")
    ),
    Layout("approval_accept", "办件受理", {**ACCEPT, **LOCAL}, ("project_no", "accept_date")),
)


def recognise(header: Sequence[str], layouts: Sequence[Layout] = LAYOUTS) -> tuple[Layout, tuple[str, ...]]:
    """Return the layout of a header row and the code of each column (empty for unknown ones).

    Raises:
        ImportInvalid: no layout has these columns; names what is missing from the nearest one.
    """
    best: tuple[int, Layout, tuple[str, ...]] | None = None
    for layout in layouts:
        by_name = {_plain(code): code for code in layout.columns} | {
            _plain(name): code for code, name in layout.columns.items()
        }
        codes = tuple(by_name.get(_plain(cell), "") for cell in header)
        missing = [marker for marker in layout.markers if marker not in codes]
        if not missing:
            return layout, codes
        if best is None or len(missing) < best[0]:
            best = (len(missing), layout, codes)
    nearest = best[1] if best else layouts[0]
    lacking = [nearest.columns[marker] for marker in nearest.markers if best and marker not in best[2]]
    raise errors.ImportInvalid(
        reason=f"表头无法识别：最接近“{nearest.title}”，但缺少列 {'、'.join(lacking)}。请使用官方模板，首行为列名"
    )


def current_codes(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row of an older variant under today's codes; a row of today is left as it is."""
    renamed = dict(row)
    for old, new in _RENAMED.items():
        value = renamed.pop(old, None)
        if value and not renamed.get(new):
            renamed[new] = value
    if row.get("XK_FR_SFZH"):
        renamed.setdefault("XK_FR_ZJLX", "身份证")
    if row.get("XK_XDR_SFZ") and not row.get("XK_XDR_SHXYM") and not renamed.get("XK_XDR_LB"):
        renamed["XK_XDR_LB"] = "自然人"
    return renamed


def _plain(text: str) -> str:
    return text.strip().replace("（", "(").replace("）", ")").replace(" ", "").lower()
