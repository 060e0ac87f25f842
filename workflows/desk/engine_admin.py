"""The engine for administrators: what is deployed, what runs, what waits, and how to change it with care."""

from engine.process_engine import ProcessEngine
from workflows.clauses import Clauses
from workflows.engine_admin.definitions import DefinitionDesk
from workflows.engine_admin.deployments import DeploymentDesk


class EngineDesk:
    """Everything about the engine, by area."""

    def __init__(self, engine: ProcessEngine, clauses: Clauses) -> None:
        self.definitions = DefinitionDesk(engine, clauses)
        self.deployments = DeploymentDesk(engine)
