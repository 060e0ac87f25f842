"""Personal data of a case in full, for whoever needs it and says why."""

from engine.process_engine import ProcessEngine
from workflows.desk.asking import Ask
from workflows.policy import Actor
from workflows.privacy.reveal import PersonalValue, RevealPersonalData, require_own


class PersonalDesk:
    """Shows what is masked elsewhere."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def check(self, actor: Actor, business_key: str) -> None:
        """Refuse a case that does not concern the person.

        Raises:
            CaseNotFound.
        """
        self._engine.ask(Ask(lambda uow: require_own(uow, actor, business_key)))

    def reveal(self, actor: Actor, business_key: str, reason: str) -> tuple[PersonalValue, ...]:
        """Answer the personal data of a case; the look is a record of the audit.

        Raises:
            CaseNotFound, NotAllowed.
            FormInvalid: the reason is missing.
        """
        return self._engine.execute(RevealPersonalData(actor, business_key, reason))
