"""A city in the middle of its work: cases that wait for persons, for dates and for each other, and one stopped."""

import tempfile
from pathlib import Path

from engine.commands.instances import SuspendInstance
from engine.store.tables import process_instance
from tests.operations.released import write
from tests.processes import penalty_steps as penalty
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, permit, plan, sent_transfer
from tests.processes.test_case_transfer import ACCEPT, SQUAD
from workflows.records.approvals import approval

LATER = "2026-03-05T09:00:00"
ONE_UNIT = {"XK_XKZS": "建设项目用地预审与选址意见书", "XK_WSH": "用字第370402202600001号", "project_no": "YD-1"}
THIRD = {"project_no": "BJ-3", "XK_WSH": "建字第370402202600003号", "XK_XKBH": "建字第370402202600003号"}


def live(file: Path) -> None:
    """Work until everything is in the middle, and write the city."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/city.db"
        city = CityRig(url)
        permit(city, **ONE_UNIT)  # claimed by nobody: its clock runs out, and the ladder begins
        city.run()
        city.at(LATER)
        permit(city)  # one unit waits for the day of its check, the other has not claimed
        city.run()
        city.complete("claim_duty", CITY, **CLAIM)
        city.complete("plan_supervision", CITY, **plan("2026-03-06"))
        sent_transfer(city)  # with the squad
        city.complete("receive_transfer", SQUAD, **ACCEPT)
        penalty.noticed(city)  # waits for the party, whose days run
        permit(city, **THIRD)  # stopped by an administrator
        city.run()
        (stopped,) = [row for row in city.rows(process_instance, business_key=_key(city, THIRD["XK_WSH"]))
                      if row["definition_key"] == "approval_handoff"]  # fmt: skip
        city.app.engine.execute(SuspendInstance(stopped["id"], "administrator", "核对材料"))
        city.close()
        write(url, file)


def _key(city: CityRig, document: str) -> str:
    (found,) = [row for row in city.rows(approval) if row["document_no"] == document]
    return str(found["business_key"])
