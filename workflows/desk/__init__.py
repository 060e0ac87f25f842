"""The front door for people and programs: check, validate, send one command, show."""

from engine.process_engine import ProcessEngine
from workflows.clauses import Clauses
from workflows.desk.accounts import AccountDesk
from workflows.desk.act_audits import ActAuditDesk
from workflows.desk.alerts import AlertDesk
from workflows.desk.as_of import AsOfDesk
from workflows.desk.bulletins import BulletinDesk
from workflows.desk.cases import CaseDesk
from workflows.desk.catalogue import CatalogueDesk
from workflows.desk.catalogue_changes import CatalogueChangeDesk
from workflows.desk.clocks import ClockDesk
from workflows.desk.cockpit import CockpitDesk
from workflows.desk.coercions import CoercionDesk
from workflows.desk.complaints import ComplaintDesk
from workflows.desk.construction import ConstructionDesk
from workflows.desk.counterpart_lists import CounterpartListDesk
from workflows.desk.credit import CreditDesk
from workflows.desk.devices import DeviceDesk
from workflows.desk.devolved import DevolvedDesk
from workflows.desk.engine_admin import EngineDesk
from workflows.desk.exchange import ExchangeDesk
from workflows.desk.field import FieldDesk
from workflows.desk.forecast import ForecastDesk
from workflows.desk.inspections import InspectionDesk
from workflows.desk.intake import IntakeDesk
from workflows.desk.key_areas import KeyAreaDesk
from workflows.desk.kpis import KpiDesk
from workflows.desk.letters import LetterDesk
from workflows.desk.libraries import LibraryDesk
from workflows.desk.lists import Lists
from workflows.desk.officers import OfficerDesk
from workflows.desk.oversight import OversightDesk
from workflows.desk.passport import PassportDesk
from workflows.desk.patrols import SiteDesk
from workflows.desk.penalties import PenaltyDesk
from workflows.desk.performance import PerformanceDesk
from workflows.desk.personal import PersonalDesk
from workflows.desk.publication import PublicationDesk
from workflows.desk.random_plans import RandomPlanDesk
from workflows.desk.random_tasks import RandomTaskDesk
from workflows.desk.reconciliation import ReconciliationDesk
from workflows.desk.site_evidence import SiteEvidenceDesk
from workflows.desk.staff import StaffDesk
from workflows.desk.task_acts import TaskActDesk
from workflows.desk.tasks import TaskDesk
from workflows.desk.teamwork import TeamworkDesk
from workflows.desk.transfers import TransferDesk
from workflows.desk.worklist import WorklistDesk
from workflows.form_book import FormBook
from workflows.letters import LetterTemplates
from workflows.rulebook import Rulebook

__all__ = ["Desk"]


class Desk:
    """Everything a person or program can do, by area."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses, forms: FormBook) -> None:
        self.worklist, self.lists = WorklistDesk(engine, rulebook), Lists(engine, rulebook)
        self.tasks = TaskDesk(engine, rulebook, clauses, forms)
        self.task_acts = TaskActDesk(engine, self.tasks, rulebook)
        self.cases = CaseDesk(engine, rulebook, clauses)
        self.intake = IntakeDesk(engine, rulebook)
        self.transfers = TransferDesk(engine, rulebook, forms)
        self.clocks, self.cockpit = ClockDesk(engine, rulebook), CockpitDesk(engine, rulebook)
        templates = LetterTemplates(rulebook.city.folder)
        self.letters = LetterDesk(engine, rulebook, templates)
        self.inspections = InspectionDesk(engine, rulebook, forms, templates)
        self.construction = ConstructionDesk(engine, rulebook, forms)
        self.site_evidence = SiteEvidenceDesk(engine)
        self.passport = PassportDesk(engine, rulebook)
        self.sites = SiteDesk(engine, rulebook, forms)
        self.catalogue = CatalogueDesk(engine, rulebook, clauses)
        self.catalogue_changes = CatalogueChangeDesk(engine, rulebook, clauses, forms)
        self.devolved = DevolvedDesk(engine, rulebook, forms)
        self.random_plans, self.random_tasks = (
            RandomPlanDesk(engine, rulebook, forms),
            RandomTaskDesk(engine, rulebook, forms),
        )
        self.libraries, self.officers = LibraryDesk(engine, rulebook, forms), OfficerDesk(engine, rulebook, forms)
        self.key_areas = KeyAreaDesk(engine, rulebook, forms)
        self.penalties, self.coercions = PenaltyDesk(engine, rulebook, forms), CoercionDesk(engine, rulebook, forms)
        self.alerts, self.devices = AlertDesk(engine, rulebook, forms), DeviceDesk(engine, rulebook, forms)
        self.field = FieldDesk(engine, rulebook)
        self._open_reporting(engine, rulebook, clauses, forms)
        self._open_oversight(engine, rulebook, clauses, forms)

    def _open_reporting(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses, forms: FormBook) -> None:
        """What is told to other platforms and to the public."""
        self.exchange = ExchangeDesk(engine, rulebook)
        self.complaints = ComplaintDesk(engine, rulebook, forms)
        self.performance, self.kpis, self.act_audits = (
            PerformanceDesk(engine, rulebook), KpiDesk(engine, rulebook, forms),
            ActAuditDesk(engine, rulebook, forms),
        )  # fmt: skip
        self.credit = CreditDesk(engine, rulebook, forms)
        self.publication = PublicationDesk(engine, rulebook)
        self.reconciliation = ReconciliationDesk(engine, rulebook)
        self.counterpart_lists = CounterpartListDesk(engine, rulebook)
        self.forecast, self.as_of = ForecastDesk(engine, rulebook), AsOfDesk(engine, rulebook, clauses)

    def _open_oversight(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses, forms: FormBook) -> None:
        """What supervises the supervisors in writing."""
        self.oversight = OversightDesk(engine, rulebook, forms)
        self.bulletins = BulletinDesk(engine, rulebook, forms, LetterTemplates(rulebook.city.folder))
        self.staff = StaffDesk(engine, rulebook, forms)
        self.engine = EngineDesk(engine, clauses, self.tasks)
        self.teamwork = team = TeamworkDesk(engine, rulebook)
        self.task_acts.more["urge"] = lambda who, task_id, how: team.urge(who, task_id, how.reason)
        self.accounts, self.personal = AccountDesk(engine), PersonalDesk(engine)
