"""What must be right about the city's data and its work: calendar, diagrams, workers, incidents."""

from collections.abc import Container
from datetime import date

from workflows.doctor.findings import PROBLEM, WARNING, Finding, judged
from workflows.vitals.numbers import Numbers

_PUBLISHED_BY = 12  # the State Council says in November which days of the next year are free
_LATE = 60.0
_STUCK = 300.0


def holidays(years: Container[int], today: date) -> list[Finding]:
    """Judge the holiday data: this year always, the next as soon as it is published."""
    year = today.year
    this = judged(
        "holidays", year in years, f"{year} is {'known' if year in years else 'missing'}",
        "add the year to calendar/ of the city and run xianjie load-city: deadlines are wrong until then",
    )  # fmt: skip
    if year + 1 in years:
        return [this, judged("holidays", True, f"{year + 1} is known", "")]
    is_early = today.month < _PUBLISHED_BY
    text = f"{year + 1} is missing" + (", and not due before December" if is_early else "")
    remedy = "add the year when it is published: deadlines in it are provisional until then"
    return [this, judged("holidays", is_early, text, remedy, WARNING)]


def diagrams(number: int) -> Finding:
    """Judge whether anything can be started."""
    return judged("diagrams", number > 0, f"{number} processes are deployed", "xianjie deploy")


def workers(numbers: Numbers) -> list[Finding]:
    """Judge whether jobs are done: by whom, how late, and what has failed."""
    age, late = numbers.worker_age, numbers.jobs_oldest
    if numbers.workers:
        found = [judged("worker", True, f"{numbers.workers} alive, the last beat {age:.0f} s ago", "")]
    else:
        text = "none has ever looked for jobs" if age is None else f"the last looked for jobs {age:.0f} s ago"
        level = PROBLEM if late > _LATE else WARNING
        found = [judged("worker", False, text, "start one: xianjie work", level)]
    level = PROBLEM if late > _STUCK else WARNING
    text = f"the oldest is {late:.0f} s late" if late else "none is late"
    found.append(judged("jobs", late <= _LATE, text, "start a worker, or more of them; look at the incidents", level))
    text = f"{numbers.incidents} open"
    found.append(judged("incidents", not numbers.incidents, text, "流程引擎 › 异常事件: repair, then retry", WARNING))
    parked = {way: one.parked for way, one in numbers.backlogs.items() if one.parked}
    text = ", ".join(f"{number} given up in {way}" for way, number in parked.items()) or "nothing is given up"
    found.append(judged("outbox", not parked, text, "look at the reasons and send them again", WARNING))
    return found


def secret(given: str, *, is_demo: bool) -> Finding:
    """Judge the secret that signs cookies."""
    text = "given" if given else "made up at each start"
    return judged("secret", bool(given) or is_demo, text, "set XIANJIE_SECRET: a restart signs everybody out", WARNING)


def shift(text: str, *, is_demo: bool) -> Finding:
    """Judge the shift of the clock: only a demonstration has one."""
    return judged("clock shift", not text or is_demo, text or "none", "unset XIANJIE_CLOCK: deadlines are wrong")
