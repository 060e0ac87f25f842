"""The register as a workbook in the official columns; they know no informant, and neither do ours."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from workflows.city import City
from workflows.complaints.channels import channels_of
from workflows.complaints.words import MATTERS, OUTCOMES, STATES
from workflows.intake.report import text_workbook
from workflows.standards import layout
from workflows.uow import local_day_of

OWN = ("编号", "来源", "来源编号", "收到日期", "承办单位代码", "状态", "核查结论")
Row = Mapping[str, Any]


def official_values(row: Row, city: City) -> dict[str, str]:
    """Return a complaint in the columns of the national layout: those of a complaint, or those of a tip."""
    area, matter = city.division(str(row["area"])), MATTERS[str(row["matter"])]
    if row["kind"] == "complaint":
        return {
            "complaintObject": row["party_name"], "complaintObjectCertCode": row["party_code"],
            "complaintType": matter, "complaintTerritory": area, "complaintDetail": row["content"],
        }  # fmt: skip
    return {
        "tipObject": row["party_name"], "enterpriseCreditCode": row["party_code"], "tipType": matter,
        "tipTerritory": area, "tipDetail": row["content"],
    }  # fmt: skip


def register_workbook(rows: Sequence[Row], city: City, on: date) -> bytes:
    """Return an xlsx file with one line for each complaint."""
    fields = layout("regulation_complaint", on).fields
    channels = channels_of(city.folder)
    lines = []
    for row in rows:
        values = official_values(row, city)
        known = channels.get(str(row["channel"]))
        own = (row["number"], known.title if known else row["channel"], row["source_no"] or "",
               local_day_of(row["received_at"]).isoformat(), row["unit"] or "", STATES[row["state"]],
               OUTCOMES.get(row["outcome"] or "", ""))  # fmt: skip
        lines.append([*map(str, own), *(values.get(field.code, "") for field in fields)])
    return text_workbook([("投诉举报", [*OWN, *(field.name for field in fields)], lines)])
