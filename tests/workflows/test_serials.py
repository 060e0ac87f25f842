"""Numbers have no gaps and no doubles, whoever asks at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from engine.process_engine import ProcessEngine
from engine.spiff.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import metadata
from engine.testing import FakeClock
from workflows import records
from workflows.serials import next_number
from workflows.uow import UnitOfWork

PUSH = "枣审管推〔{year}〕{number:04d}号"


class Number:
    """Takes one number, and fails afterwards when told."""

    def __init__(self, kind: str = "push", pattern: str = PUSH, *, fails: bool = False) -> None:
        self._kind, self._pattern, self._fails = kind, pattern, fails

    def run(self, uow: UnitOfWork) -> str:
        number = next_number(uow, self._pattern, self._kind)
        if self._fails:
            raise RuntimeError(number)
        return number


@pytest.fixture
def engine(database_url: str) -> Iterator[ProcessEngine]:
    assert records
    database = Database(database_url)
    metadata.create_all(database.pool)
    yield ProcessEngine(database, Runtime({}), FakeClock(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)))
    database.close()


def test_each_kind_counts_for_itself(engine: ProcessEngine) -> None:
    assert [engine.execute(Number()) for _ in range(2)] == ["枣审管推〔2026〕0001号", "枣审管推〔2026〕0002号"]
    assert engine.execute(Number("case_handoff", "SG{year}-{number:05d}")) == "SG2026-00001"


def test_the_year_turns_at_midnight_in_china(engine: ProcessEngine) -> None:
    assert "2026" in engine.execute(Number())
    clock = engine.clock
    assert isinstance(clock, FakeClock)
    clock.set(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    assert engine.execute(Number()) == "枣审管推〔2027〕0001号"


def test_a_number_of_a_failed_transaction_is_given_again(engine: ProcessEngine) -> None:
    engine.execute(Number())
    with pytest.raises(RuntimeError, match="0002"):
        engine.execute(Number(fails=True))
    assert engine.execute(Number()) == "枣审管推〔2026〕0002号"


def test_many_at_once_get_different_numbers_without_gaps(engine: ProcessEngine) -> None:
    engine.execute(Number())
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: engine.execute(Number()), range(40)))
    assert sorted(numbers) == [f"枣审管推〔2026〕{number:04d}号" for number in range(2, 42)]


def test_the_first_number_of_a_year_may_be_asked_for_by_many_at_once(engine: ProcessEngine) -> None:
    with ThreadPoolExecutor(3) as pool:
        numbers = list(pool.map(lambda _: engine.execute(Number("order")), range(3)))
    assert len(set(numbers)) == 3
