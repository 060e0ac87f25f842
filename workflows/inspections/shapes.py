"""What an on-site record looks like, and what it must say before it is kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from workflows import errors
from workflows.uow import ZONE

KINDS: Mapping[str, str] = {
    "onsite": "现场检查", "random": "随机抽查", "special": "专项检查", "joint": "联合检查", "file_review": "书面检查",
}  # fmt: skip
RESULTS: Mapping[str, str] = {
    "no_problem": "未发现问题", "corrected": "发现问题，已改正", "violation": "发现问题", "unreachable": "无法联系",
    "closed": "停业（停建）", "obstructed": "拒绝、阻碍检查", "not_applicable": "不需检查",
}  # fmt: skip
FOUND = tuple(RESULTS)
VERDICTS: Mapping[str, str] = {"yes": "符合", "no": "不符合", "na": "不适用"}
EVIDENCE_KINDS: Mapping[str, str] = {
    "photo": "照片", "video": "视频", "audio": "录音", "document": "材料", "signature": "签名", "other": "其他",
}  # fmt: skip
UNSEEN = frozenset({"unreachable", "closed", "obstructed", "not_applicable"})
"""Results with which the sheet is not answered."""
ALONE = frozenset({"unreachable", "closed", "not_applicable"})
"""Results with which nobody of the party is there to sign."""
CLOCK_SKEW: Final = timedelta(minutes=10)


class Instant(fields.Field[datetime]):
    """An ISO instant; without an offset it is Chinese time."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            found = datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise ValidationError("请填写日期和时间，例如 2026-03-02T09:30") from None
        return (found if found.tzinfo else found.replace(tzinfo=ZONE)).astimezone(UTC)


def _text(most: int, *, required: bool = False) -> fields.String:
    check = validate.Length(1 if required else 0, most, error=f"应为 {1 if required else 0} 至 {most} 个字")
    if required:
        return fields.String(required=True, validate=check, error_messages={"required": "请填写"})
    return fields.String(load_default="", validate=check)


def _one_of(choices: Mapping[str, str]) -> fields.String:
    check = validate.OneOf(tuple(choices), error=f"只能是 {'、'.join(choices)}")
    return fields.String(required=True, validate=check, error_messages={"required": "请选择"})


def _hash(*, required: bool = True) -> fields.String:
    check = validate.Regexp("^[0-9a-f]{64}$", error="应为小写的 SHA-256")
    return fields.String(required=required, allow_none=not required, validate=check)


class LineSchema(Schema):
    """The answer to one line of the check sheet."""

    code = _text(60, required=True)
    verdict = _one_of(VERDICTS)
    note = _text(1000)


class PlaceSchema(Schema):
    """Where the device was."""

    lat = fields.Float(required=True, validate=validate.Range(-90, 90))
    lon = fields.Float(required=True, validate=validate.Range(-180, 180))
    accuracy_m = fields.Float(load_default=None, allow_none=True, validate=validate.Range(0))
    at = Instant(load_default=None, allow_none=True)


class EvidenceSchema(Schema):
    """A file that was uploaded before."""

    sha256 = _hash()
    name = _text(200, required=True)
    kind = _one_of(EVIDENCE_KINDS)
    taken_at = Instant(load_default=None, allow_none=True)


class SignatureSchema(Schema):
    """Who signed for the party, or why nobody did and who witnessed it."""

    kind = _one_of({"signed": "", "refused": ""})
    signer = _text(60)
    image_sha256 = _hash(required=False)
    witnesses = fields.List(_text(60, required=True), load_default=list, validate=validate.Length(max=10))
    reason = _text(500)


class RecordSchema(Schema):
    """The whole record, as a page, a phone or a program sends it."""

    class Meta:
        """What a later version of a client adds is ignored."""

        unknown = EXCLUDE

    started_at = Instant(required=True, error_messages={"required": "请填写"})
    ended_at = Instant(required=True, error_messages={"required": "请填写"})
    lines = fields.List(fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=200))
    result = _one_of(RESULTS)
    summary = _text(4000, required=True)
    location = fields.Nested(PlaceSchema, load_default=None, allow_none=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), load_default=list, validate=validate.Length(max=100))
    signature = fields.Nested(SignatureSchema, load_default=None, allow_none=True)


def checked(record: Mapping[str, Any], kind: str, sheet: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    """Return a record as it is kept.

    Raises:
        FormInvalid: ``errors`` names each field and the remedy.
    """
    wrong: list[dict[str, str]] = []
    try:
        found: dict[str, Any] = dict(RecordSchema().load(dict(record)))
    except ValidationError as exc:
        bad: Any = exc.messages
        wrong += _plain(bad, "")
        valid: Any = exc.valid_data
        found = {key: value for key, value in valid.items() if key not in bad}
    if {"started_at", "ended_at"} <= found.keys():
        wrong += _times(found, now)
    if {"lines", "result"} <= found.keys():
        wrong += _lines(found, sheet)
    if {"signature", "result"} <= found.keys():
        wrong += _signed(found, kind)
    if wrong:
        raise errors.FormInvalid(errors=wrong)
    return found


def _plain(messages: Any, path: str) -> Iterator[dict[str, str]]:
    """Yield the messages of nested fields, each with its path such as ``lines.0.verdict``."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _plain(inner, f"{path}.{key}".strip("."))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield {"field": path or "record", "code": "invalid", "message": str(message)}


def _mistake(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message}


def _times(found: Mapping[str, Any], now: datetime) -> Iterator[dict[str, str]]:
    if found["ended_at"] < found["started_at"]:
        yield _mistake("ended_at", "too-early", "结束时间不能早于开始时间")
    if found["ended_at"] > now + CLOCK_SKEW:
        yield _mistake("ended_at", "too-late", "结束时间不能晚于现在，请核对设备的时间")


def _lines(found: Mapping[str, Any], sheet: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    wanted = [str(line["code"]) for line in sheet]
    given = [line["code"] for line in found["lines"]]
    for code in sorted(set(given) - set(wanted)):
        yield _mistake(f"line_{code}", "unknown-line", f"检查表没有“{code}”项，请刷新后按现行检查表填写")
    for code in sorted({code for code in given if given.count(code) > 1}):
        yield _mistake(f"line_{code}", "twice", f"“{code}”项填写了两次")
    if found["result"] in UNSEEN:
        return
    for code in wanted:
        if code not in given:
            yield _mistake(f"line_{code}", "required", f"请填写检查表“{code}”项")
    for line in found["lines"]:
        if line["verdict"] == "no" and not line["note"].strip():
            yield _mistake(f"note_{line['code']}", "required", f"“{line['code']}”项不符合的，请写明情况")


def _signed(found: Mapping[str, Any], kind: str) -> Iterator[dict[str, str]]:
    signature = found["signature"]
    if signature is None:
        if kind != "file_review" and found["result"] not in ALONE:
            yield _mistake("signature", "required", "请由当事人签字，或注明拒签并由见证人见证")
        return
    if signature["kind"] == "signed" and not signature["signer"].strip():
        yield _mistake("signer", "required", "请填写签字人")
    if signature["kind"] == "refused" and not signature["reason"].strip():
        yield _mistake("refusal_reason", "required", "请写明拒签的情况")
    if signature["kind"] == "refused" and not signature["witnesses"]:
        yield _mistake("witnesses", "required", "当事人拒签的，请至少写一名见证人")
