"""A city whose records are sealed and signed twice, once on each kind of database, and its export."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from engine.origin import Origin, coming_from
from tests.conftest import POSTGRES, new_postgres_database
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, plan
from workflows.audit.exporting import Export
from workflows.audit.keys import make_key
from workflows.desk.asking import Do
from workflows.evidence import keep_evidence

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@contextmanager
def sealed_city(url: str, folder: Path) -> Iterator[CityRig]:
    public = make_key(folder / "key")
    rig = CityRig(url, audit_key=str(folder / "key"), audit_anchor=str(folder / "roots"))
    assert rig.app.sealer.public == public
    rig.submit()
    rig.run()
    rig.complete("claim_duty", CITY, **CLAIM)
    rig.complete("plan_supervision", CITY, **plan("2026-03-03"))
    rig.run()
    rig.app.identity.sign_in("sp.jianshe", "demo-2026", "10.0.0.1", "browser")
    rig.app.sealer.seal()
    rig.app.sealer.sign()
    rig.clock.advance(timedelta(days=1))
    rig.app.identity.issue_token("sp.jianshe", "test")
    with coming_from(Origin("ks.jsgc", "r-0", "10.0.0.2")):
        rig.app.engine.execute(Do(lambda uow: keep_evidence(uow, "inspection", uow.new_id(), PNG, "ks.jsgc")))
    rig.app.sealer.work()
    rig.app.sealer.sign()
    yield rig
    rig.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"] if POSTGRES else ["sqlite"])
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    folder = tmp_path_factory.mktemp("audit")
    file = f"sqlite:///{folder / 'city.db'}"
    place = nullcontext(file) if request.param == "sqlite" else new_postgres_database()
    with place as url, sealed_city(url, folder) as city:
        yield city


@pytest.fixture(scope="module")
def export(rig: CityRig) -> list[bytes]:
    return list(Export(rig.app.engine).lines())


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], str]:
    """An export, the same whatever the database is, and the key that signed it."""
    folder = tmp_path_factory.mktemp("sent")
    with sealed_city(f"sqlite:///{folder / 'city.db'}", folder) as city:
        return list(Export(city.app.engine).lines()), city.app.sealer.public
