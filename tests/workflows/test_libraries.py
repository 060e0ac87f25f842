"""The libraries: objects that keep themselves up to date, ratings with their past, who may inspect, and sheets."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.processes.rig import CITY, CityRig, Look
from tests.processes.steps import USCC, permit
from workflows import errors
from workflows.commands.load_city import LoadCity
from workflows.identifiers import credit_code_check_character
from workflows.libraries.keeping import MergeObjects, ObjectFacts, keep_object, tie_item
from workflows.libraries.objects import InspectionObject, find_object, object_of_approval, objects_for
from workflows.libraries.officers import avoidances, qualified_officers
from workflows.libraries.ratings import RateObject, Rating, history_of, rating_of, ratings_of
from workflows.libraries.sheets import WriteSheet, sheet_for
from workflows.records.libraries import inspection_object, object_change, object_item, officer_certificate

TODAY = date(2026, 3, 2)
pytestmark = pytest.mark.clause("zz2020/2.3")


@pytest.fixture
def city(database_url: str) -> Iterator[CityRig]:
    rig = CityRig(database_url)
    yield rig
    rig.close()


def read(city: CityRig, question):  # type: ignore[no-untyped-def]
    return city.app.engine.ask(Look(question))


def do(city: CityRig, act):  # type: ignore[no-untyped-def]
    return city.app.engine.execute(Look(act))


def pool(city: CityRig, item: str, *areas: str, on: date = TODAY) -> list[InspectionObject]:
    return read(city, lambda uow: objects_for(uow, item, areas, on))


def rate(city: CityRig, one: InspectionObject, value: str, on: date = TODAY, kind: str = "credit") -> None:
    city.app.engine.execute(RateObject(one.id, kind, value, "信用平台", "年度评价", on, "zc.fagui"))


def enterprise(city: CityRig, name: str, number: int = 1, kind: str = "enterprise", **more: object) -> InspectionObject:
    body = f"91370400MA3E{number:05d}"
    facts = ObjectFacts(kind, name, "370402", "NR-SZ", "form", body + credit_code_check_character(body), **more)  # type: ignore[arg-type]

    def act(uow):  # type: ignore[no-untyped-def]
        object_id, _ = keep_object(uow, facts, "zc.fagui", reason="登记")
        return find_object(uow, object_id)

    return do(city, act)


class TestApprovals:
    def test_a_permit_makes_its_holder_and_its_site_in_one_step(self, city: CityRig) -> None:
        taken = permit(city)
        (site,) = pool(city, "ZR004", "370402")
        assert (site.kind, site.name, site.unit) == ("site", "演示住宅小区", "NR-SZ")
        assert site.approval_id == taken.approval_id
        holder = read(city, lambda uow: find_object(uow, site.holder_id))
        assert (holder.kind, holder.credit_code) == ("enterprise", USCC)
        assert read(city, lambda uow: object_of_approval(uow, taken.approval_id)).id == site.id

    def test_a_second_permit_of_the_same_enterprise_doubles_nobody(self, city: CityRig) -> None:
        permit(city)
        permit(city, project_no="BJ-2", XK_WSH="建字第2号", project_name="演示二期")
        assert len(city.rows(inspection_object, credit_code=USCC, kind="enterprise")) == 1
        assert len(pool(city, "ZR004")) == 2

    def test_the_same_site_under_another_item_is_one_object_with_two_items(self, city: CityRig) -> None:
        permit(city)
        permit(city, project_no="BJ-2", XK_WSH="核字第2号", XK_XKZS="竣工规划核实")
        assert [one.id for one in pool(city, "ZR004")] == [one.id for one in pool(city, "ZR009")]

    def test_two_holders_may_give_their_sites_the_same_name(self, city: CityRig) -> None:
        permit(city)
        body = "91370400MA3F00001"
        permit(city, project_no="BJ-2", XK_WSH="建字第2号", XK_XDR_MC="另一演示公司",
               XK_XDR_SHXYM=body + credit_code_check_character(body))  # fmt: skip
        assert len(pool(city, "ZR004")) == 2

    def test_a_refusal_makes_no_object(self, city: CityRig) -> None:
        permit(city, result="refused")
        assert pool(city, "ZR004") == []

    def test_a_withdrawn_permit_leaves_the_pool_the_same_day(self, city: CityRig) -> None:
        permit(city)
        permit(city, XK_ZT="2", project_name="演示住宅小区（撤）")
        assert pool(city, "ZR004") == []

    def test_loading_the_city_takes_in_approvals_that_came_before_the_library(self, city: CityRig) -> None:
        permit(city)
        for table in (object_item, object_change):
            do(city, lambda uow, table=table: uow.connection.execute(table.delete()))
        done = city.app.engine.execute(LoadCity(CITY, "tester")).changed
        assert done["inspection_object"] == 1
        assert len(pool(city, "ZR004")) == 1

    def test_the_pool_of_a_day_is_what_stood_on_that_day(self, city: CityRig) -> None:
        permit(city)
        assert pool(city, "ZR004", on=date(2026, 3, 1)) == []
        assert len(pool(city, "ZR004", on=date(2026, 3, 2))) == 1


class TestMerging:
    def test_everything_moves_to_the_object_that_is_kept(self, city: CityRig) -> None:
        kept, doubled = enterprise(city, "演示甲公司", 1), enterprise(city, "演示甲有限公司", 2)
        do(city, lambda uow: tie_item(uow, doubled.id, "ZR022", TODAY, None))
        rate(city, doubled, "D")
        city.app.engine.execute(MergeObjects(kept.id, doubled.id, "zc.fagui", "同一企业更名"))
        assert read(city, lambda uow: find_object(uow, doubled.id)).id == kept.id
        assert kept.id in {one.id for one in pool(city, "ZR022")}
        assert doubled.id not in {one.id for one in pool(city, "ZR022")}
        assert read(city, lambda uow: rating_of(uow, kept.id, TODAY)).credit == "D"
        assert [row["reason"] for row in city.rows(object_change, kind="merged")] == ["同一企业更名"]

    def test_the_doubled_one_arriving_again_stays_merged(self, city: CityRig) -> None:
        kept, doubled = enterprise(city, "演示甲公司", 1), enterprise(city, "演示甲有限公司", 2)
        city.app.engine.execute(MergeObjects(kept.id, doubled.id, "zc.fagui", "同一企业更名"))
        assert enterprise(city, "演示甲有限公司", 2).id == kept.id

    def test_a_site_is_not_merged_into_an_enterprise(self, city: CityRig) -> None:
        firm, site = enterprise(city, "演示甲公司", 1), enterprise(city, "演示工地", 1, kind="site")
        with pytest.raises(errors.FormInvalid):
            city.app.engine.execute(MergeObjects(firm.id, site.id, "zc.fagui", "误录"))

    def test_merging_wants_a_reason_and_two_objects(self, city: CityRig) -> None:
        one, other = enterprise(city, "演示甲公司", 1), enterprise(city, "演示乙公司", 2)
        for doubled, reason in ((other, " "), (one, "误录")):
            with pytest.raises(errors.FormInvalid):
                city.app.engine.execute(MergeObjects(one.id, doubled.id, "zc.fagui", reason))


class TestRatings:
    def test_a_new_grade_holds_from_its_day_and_the_old_one_stays(self, city: CityRig) -> None:
        firm = enterprise(city, "演示甲公司")
        rate(city, firm, "A", date(2026, 1, 1))
        rate(city, firm, "D", date(2026, 3, 10))
        grade = [read(city, lambda uow, on=on: rating_of(uow, firm.id, on)).credit for on in
                 (date(2025, 12, 31), date(2026, 3, 9), date(2026, 3, 10))]  # fmt: skip
        assert grade == [None, "A", "D"]
        assert [row["value"] for row in read(city, lambda uow: history_of(uow, firm.id))] == ["D", "A"]

    def test_a_site_has_the_credit_of_its_holder_and_a_risk_of_its_own(self, city: CityRig) -> None:
        permit(city)
        (site,) = pool(city, "ZR004")
        holder = read(city, lambda uow: find_object(uow, site.holder_id))
        rate(city, holder, "C")
        rate(city, holder, "high", kind="risk")
        assert read(city, lambda uow: rating_of(uow, site.id, TODAY)) == Rating("C", None)
        rate(city, site, "B")
        rate(city, site, "low", kind="risk")
        assert read(city, lambda uow: rating_of(uow, site.id, TODAY)) == Rating("B", "low")

    def test_many_ratings_are_read_in_one_go(self, city: CityRig) -> None:
        firms = [enterprise(city, f"演示{n}公司", n) for n in range(1, 4)]
        for firm, value in zip(firms, "ABC", strict=True):
            rate(city, firm, value)
        found = read(city, lambda uow: ratings_of(uow, [one.id for one in firms], TODAY))
        assert [found[one.id].credit for one in firms] == ["A", "B", "C"]

    @pytest.mark.parametrize("wrong", [{"value": "E"}, {"source": ""}, {"reason": " "}, {"kind": "mood"}])
    def test_a_grade_wants_a_known_value_a_source_and_a_reason(self, city: CityRig, wrong: dict[str, str]) -> None:
        firm = enterprise(city, "演示甲公司")
        given = {"kind": "credit", "value": "A", "source": "信用平台", "reason": "年度评价"} | wrong
        with pytest.raises(errors.FormInvalid):
            city.app.engine.execute(RateObject(firm.id, **given, valid_from=TODAY, actor="zc.fagui"))


class TestOfficers:
    def qualified(self, city: CityRig, unit: str, item: str, on: date = TODAY) -> list[str]:
        return [one.login for one in read(city, lambda uow: qualified_officers(uow, [unit], item, on))]

    def test_the_last_day_of_a_certificate_counts_and_the_next_does_not(self, city: CityRig) -> None:
        last = date(2029, 1, 14)
        assert self.qualified(city, "NR-XC", "ZR004", last) == ["zr.xc", "zr.xc.jz"]
        assert self.qualified(city, "NR-XC", "ZR004", date(2029, 1, 15)) == []

    def test_a_revoked_certificate_is_none(self, city: CityRig) -> None:
        mine = officer_certificate.c.login == "zr.xc"
        do(city, lambda uow: uow.connection.execute(update(officer_certificate).where(mine).values(revoked_on=TODAY)))
        assert self.qualified(city, "NR-XC", "ZR004") == ["zr.xc.jz"]

    def test_an_item_whose_sheet_asks_for_a_qualification_takes_only_who_has_it(self, city: CityRig) -> None:
        assert self.qualified(city, "NR-CITY-ZF", "ZR004") == ["ks.zf", "ks.zf.kz"]
        assert self.qualified(city, "NR-CITY-ZF", "ZR027") == ["ks.zf"]

    def test_nobody_without_a_certificate_inspects(self, city: CityRig) -> None:
        assert self.qualified(city, "AP-SZ", "ZR004") == []


class TestSheets:
    def test_every_item_of_the_catalogue_has_a_sheet(self, city: CityRig) -> None:
        for number in range(1, 36):
            sheet = read(city, lambda uow, n=number: sheet_for(uow, f"ZR{n:03d}", TODAY))
            assert sheet is not None
            assert len(sheet.lines) >= 3
            assert sheet.status == "待确认"

    def test_a_new_version_holds_from_its_day_and_the_past_keeps_the_old_one(self, city: CityRig) -> None:
        lines = [{"text": "现场公示"}, {"text": "层数一致", "is_key": True}]
        write = WriteSheet("ZR004", "新表", lines, date(2026, 4, 1), "zc.fagui", "按新标准修订")
        assert city.app.engine.execute(write) == 2
        versions = [read(city, lambda uow, on=on: sheet_for(uow, "ZR004", on)).version for on in
                    (date(2026, 3, 31), date(2026, 4, 1))]  # fmt: skip
        assert versions == [1, 2]

    def test_what_an_official_wrote_is_not_undone_by_the_file(self, city: CityRig) -> None:
        city.app.engine.execute(WriteSheet("ZR004", "新表", [{"text": "现场"}], TODAY, "zc.fagui", "修订"))
        assert city.app.engine.execute(LoadCity(CITY, "tester")).changed["check_sheet"] == 0
        assert read(city, lambda uow: sheet_for(uow, "ZR004", TODAY)).name == "新表"

    @pytest.mark.parametrize(
        ("lines", "day", "reason"),
        [
            ([], TODAY, "修订"),
            ([{"text": " "}], TODAY, "修订"),
            ([{"code": "1", "text": "甲"}, {"code": "1", "text": "乙"}], TODAY, "修订"),
            ([{"text": "甲"}], date(2026, 3, 1), "修订"),
            ([{"text": "甲"}], TODAY, ""),
        ],
    )
    def test_a_sheet_wants_lines_a_reason_and_a_day_to_come(self, city: CityRig, lines, day: date, reason: str) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(errors.FormInvalid):
            city.app.engine.execute(WriteSheet("ZR004", "新表", lines, day, "zc.fagui", reason))


def test_nobody_avoids_anything_who_declared_nothing(city: CityRig) -> None:
    assert read(city, lambda uow: avoidances(uow, ["zr.xc"], TODAY)) == {}


def test_the_demo_city_ships_objects_before_any_approval(city: CityRig, tmp_path: Path) -> None:
    assert len(pool(city, "ZR023")) == 12
    assert {one.kind for one in pool(city, "ZR023")} == {"mine"}
    assert len(pool(city, "ZR027")) == 8
