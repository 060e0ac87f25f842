"""Languages: pages speak Chinese, navigation also English; marshmallow's own messages in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask
from flask_babel import Babel
from marshmallow import Schema, fields, validate

from web.display import display

LOCALES: Mapping[str, str] = MappingProxyType({"zh": "zh_Hans_CN", "en": "en"})
_FIELDS: Mapping[type[fields.Field], Mapping[str, str]] = MappingProxyType({  # type: ignore[type-arg]
    fields.Field: {"required": "缺少必填项", "null": "不能为空", "validator_failed": "值无效"},
    fields.String: {"invalid": "应为文字", "invalid_utf8": "应为 UTF-8 文字"},
    fields.UUID: {"invalid_uuid": "应为 UUID"},
    fields.Number: {"invalid": "应为数字", "too_large": "数字过大"},
    fields.Integer: {"invalid": "应为整数"},
    fields.Boolean: {"invalid": "应为 true 或 false"},
    fields.DateTime: {
        "invalid": "应为带时区的日期时间（ISO 8601）", "invalid_awareness": "日期时间的时区不符合要求",
        "format": "无法写成日期时间",
    },
    fields.Date: {"invalid": "应为日期，例如 2026-03-01", "format": "无法写成日期"},
    fields.List: {"invalid": "应为列表"},
    fields.Nested: {"type": "应为对象"},
    fields.Mapping: {"invalid": "应为对象"},
    fields.Url: {"invalid": "应为网址"},
    fields.Email: {"invalid": "应为电子邮箱地址"},
})  # fmt: skip
_LENGTH = {
    "message_min": "至少 {min} 个字", "message_max": "最多 {max} 个字", "message_all": "应为 {min} 至 {max} 个字",
    "message_equal": "应为 {equal} 个字",
}  # fmt: skip
_RANGE = {
    "message_min": "{min_op} {{min}}", "message_max": "{max_op} {{max}}",
    "message_all": "{min_op} {{min}}，{max_op} {{max}}", "message_gte": "不能小于", "message_gt": "应大于",
    "message_lte": "不能大于", "message_lt": "应小于",
}  # fmt: skip


def register(app: Flask) -> None:
    """Choose the language by the person's display settings."""
    app.config.update(BABEL_DEFAULT_LOCALE=LOCALES["zh"], BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    Babel(app, locale_selector=lambda: LOCALES[display().lang])
    speak_chinese()


def speak_chinese() -> None:
    """Put Chinese words in the place of marshmallow's own; doing it again changes nothing."""
    for kind, messages in _FIELDS.items():
        kind.default_error_messages = {**kind.default_error_messages, **messages}
    Schema.error_messages = {"unknown": "没有这个字段", "type": "应为 JSON 对象", "invalid": "数据无效"}
    for validator, messages in ((validate.Length, _LENGTH), (validate.Range, _RANGE)):
        for name, text in messages.items():
            setattr(validator, name, text)
    validate.OneOf.default_message = "只能是：{choices}"
    validate.Regexp.default_message = "格式不对"
    validate.Equal.default_message = "应等于 {other}"
