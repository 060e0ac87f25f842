"""No ranking, check-in or track of persons anywhere, and handoff forms ask for little and say why."""

import re
from pathlib import Path

import orjson
import pytest

from engine.store.tables import metadata

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = re.compile(r"排行|排名榜|积分|签到|打卡|在线时长|轨迹|点赞|登录次数")
DENIED = re.compile(r"不[^，。；]{0,6}(?:排行|排名|积分|签到|打卡|轨迹|跟踪)")
COLUMNS = re.compile(r"(?:^|_)(?:points|ranking|checkin|check_in|streak|track|trail|online_time|login_count)(?:$|_)")
HANDOFF = ("approval_handoff", "urban_copy", "case_transfer")
MOST = 5


def texts() -> dict[str, str]:
    """Return the templates, the page modules and the forms."""
    files = [
        *(ROOT / "web" / "templates").rglob("*.html"),
        *(ROOT / "web" / "pages").glob("*.py"),
        *(ROOT / "bpmn").glob("*/*.form"),
    ]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.acceptance("A30")
def test_no_screen_ranks_tracks_or_checks_in_persons() -> None:
    found = {name: FORBIDDEN.findall(DENIED.sub("", text)) for name, text in texts().items()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.acceptance("A30")
def test_no_table_keeps_such_data() -> None:
    import workflows.records  # noqa: F401 - registers the tables

    names = [f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns]
    assert [name for name in names if COLUMNS.search(name.split(".")[1])] == []


def forms() -> list[Path]:
    """Return the forms of handoffs; a lead that somebody registers is no handoff yet."""
    return [path for key in HANDOFF for path in sorted((ROOT / "bpmn" / key).glob("*.form")) if path.stem != "start"]


@pytest.mark.acceptance("A16")
@pytest.mark.parametrize("path", forms(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_handoff_form_asks_at_most_five_things_and_says_why(path: Path) -> None:
    fields = [one for one in orjson.loads(path.read_bytes())["components"] if "key" in one]
    by_hand = [one for one in fields if not one.get("readonly") and not _is_known(one)]
    assert len(by_hand) <= MOST
    assert [one["key"] for one in fields if not one.get("properties", {}).get("why", "").strip()] == []


def _is_known(component: dict[str, object]) -> bool:
    """Tell whether a field comes filled in with what the case knows already."""
    return "defaultValue" in component or "prefill" in dict(component.get("properties", {}))  # type: ignore[call-overload]
