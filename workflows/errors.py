"""Errors of the domain; the kinds are the engine's."""

from engine.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownTimeLimit(NotFound):
    """No time limit of this name is in force on that day."""

    code = "unknown-time-limit"


class CalendarMissing(Invalid):
    """The city has no calendar data."""

    code = "calendar-missing"


class UnknownItem(NotFound):
    """No item of this code or name is in the catalogue on that day."""

    code = "unknown-item"


class UnknownUnit(NotFound):
    """There is no such unit."""

    code = "unknown-unit"


class CaseNotFound(NotFound):
    """There is no such case, or it does not concern the caller's unit."""

    code = "case-not-found"


class LetterNotFound(NotFound):
    """There is no such letter, or it does not concern the caller's unit."""

    code = "letter-not-found"


class ViewNotFound(NotFound):
    """There is no such saved view, or it is not the caller's."""

    code = "view-not-found"


class RuleChangeClosed(Conflict):
    """The change of a rule has been decided already."""

    code = "rule-change-closed"


class RuleChangeNotFound(NotFound):
    """There is no such change of a rule."""

    code = "rule-change-not-found"


class NotAllowed(Forbidden):
    """The caller's role does not allow this."""

    code = "not-allowed"


class SamePerson(Forbidden):
    """The second person must be another one than the first."""

    code = "same-person"


class SignInFailed(Forbidden):
    """Name or password is wrong, or the account is locked."""

    code = "sign-in-failed"


class UnknownForm(NotFound):
    """The process has no form of this name."""

    code = "unknown-form"


class FormInvalid(Invalid):
    """The form has mistakes; ``errors`` names each field and the remedy."""

    code = "form-invalid"


class ImportInvalid(Invalid):
    """The file cannot be imported; ``reason`` says why."""

    code = "import-invalid"


class ApprovalInvalid(Invalid):
    """The decision has mistakes; ``errors`` names each field and the remedy."""

    code = "approval-invalid"


class CopyRefused(Conflict):
    """A city cannot be copied from or to this database; nothing was kept."""

    code = "copy-refused"


class UndoExpired(Conflict):
    """What was done cannot be undone any more; it was undone already, or too much time has passed."""

    code = "undo-expired"


class ProjectClosed(Conflict):
    """The project is no longer tracked: all its stages are done, or its permit was withdrawn."""

    code = "project-closed"


class ProjectBlocked(Conflict):
    """A case against the builder is open; ``reason`` names it. Nothing is handled before it ends."""

    code = "project-blocked"


class ReturnRefused(Conflict):
    """After arbitration a duty cannot be returned a second time."""

    code = "return-refused"


class ChangePending(Conflict):
    """Another change of the item is under way; ``case`` is its number."""

    code = "change-pending"


class PlanClosed(Conflict):
    """The plan has been sent for approval or published, so its lines cannot be changed."""

    code = "plan-closed"


class NotDrawn(Conflict):
    """There is no proof yet: nothing has been drawn."""

    code = "not-drawn"


class AlreadyPaused(Conflict):
    """The clock is already paused, or a pause is already asked for."""

    code = "already-paused"


class ObjectNotFound(NotFound):
    """There is no such inspection object, or it does not concern the caller's unit."""

    code = "object-not-found"


class EvidenceRefused(Invalid):
    """The file cannot be kept; ``reason`` says why and what to do."""

    code = "evidence-refused"


class EvidenceMissing(Conflict):
    """The record names files that were not uploaded; ``missing`` lists their hashes."""

    code = "evidence-missing"


class EvidenceDamaged(Conflict):
    """The content of a kept file is no longer what its SHA-256 says."""

    code = "evidence-damaged"


class EvidenceNotFound(NotFound):
    """There is no such file, or it does not concern the caller's unit."""

    code = "evidence-not-found"


class RecordConflict(Conflict):
    """Somebody else's record was kept for this task before; ``by`` and ``at`` say whose and when."""

    code = "record-conflict"


class NotInspector(Forbidden):
    """Only the inspectors assigned to an inspection submit its record."""

    code = "not-inspector"


class SupplementTooEarly(Conflict):
    """Nothing was recorded yet that could be supplemented; ``reason`` says what to do."""

    code = "supplement-too-early"


class DelistingTooEarly(Conflict):
    """The check of this cycle is not done, or a request to delist is being decided."""

    code = "delisting-too-early"


class LayoutUnknown(NotFound):
    """There is no layout of this key on that day."""

    code = "layout-unknown"


class RecordNotFound(NotFound):
    """There is no such record to be sent, or it does not concern the caller's unit."""

    code = "record-not-found"


class RecordClosed(Conflict):
    """A newer version of the record was queued, or it was withdrawn: only the newest one can be worked on."""

    code = "record-closed"


class UnknownParameter(NotFound):
    """There is no parameter of this name."""

    code = "unknown-parameter"


class DeviceNotFound(NotFound):
    """There is no such device, or it does not concern the caller's unit."""

    code = "device-not-found"


class DeviceUnknown(Forbidden):
    """The key may not speak for a device of this code; ``reason`` names it."""

    code = "device-unknown"


class DeviceNotActive(Conflict):
    """The device is suspended or retired."""

    code = "device-not-active"


class SignatureRefused(Forbidden):
    """The report is not signed as it should be; ``reason`` says what to mend."""

    code = "signature-refused"


class ReportReplayed(Conflict):
    """This nonce was used before; sign a repetition with a new one."""

    code = "report-replayed"


class AlertKeyReused(Conflict):
    """The sender gave its number to another alert before."""

    code = "alert-key-reused"


class AlertDecided(Conflict):
    """Somebody decided on the alert before; ``reason`` says who and what."""

    code = "alert-decided"


class UndoTooLate(Conflict):
    """The dismissal stands: the time to take it back is over."""

    code = "undo-too-late"


class EvidenceNotReviewed(Conflict):
    """A record that was not reviewed is a lead, not evidence; ``reason`` says what is missing."""

    code = "evidence-not-reviewed"
