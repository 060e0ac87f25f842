"""What the tests of recording on the phone share."""

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Site
from tests.browser.phone import Phone
from workflows.records.inspections import inspection_record

Take = Callable[..., Phone]


def records(phone_site: Site) -> list[Any]:
    return phone_site.rig.rows(inspection_record)
