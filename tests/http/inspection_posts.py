"""What the tests of the inspection pages share."""

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.processes.inspections import (
    ITEM,
)

Client = Callable[[str], FlaskClient]
ANSWERS = {
    "kind": "special", "item_code": ITEM, "party_name": "演示置业有限公司", "party_code": "", "site": "光明路 1 号",
    "area": "370402", "unit": "NR-CITY-JSGC", "reason": "专项检查",
}  # fmt: skip
