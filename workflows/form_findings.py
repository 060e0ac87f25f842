"""What speaks against deploying a form: faults of the file, and questions the program cannot do without."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from engine.errors import DefinitionInvalid
from engine.spiff.model import Resource
from engine.spiff.reading import Finding, finding
from workflows.form_fields import CHOICES, FormField
from workflows.forms import Form, load_form

Key = tuple[str, str]
Shipped = Mapping[Key, Form]


def form_findings(file: Resource, shipped: Shipped, beside: Collection[Key] = ()) -> Sequence[Finding]:
    """Return findings with level about a form named ``key/form.form``, beside the one the program brings.

    What the program always needs an answer to must go on being asked, and always be answered in the same kind. Only
    tasks keep whatever is answered: a form of the screens *beside* tasks may ask nothing the program does not know.
    """
    try:
        form = load_form(file.content, file.name)
    except DefinitionInvalid as exc:
        found = exc.facts.get("findings")
        return [{"level": "error", **one} for one in found] if isinstance(found, list) else []
    key, _, name = file.name.removesuffix(".form").rpartition("/")
    ours = shipped.get((key, name))
    if ours is None:
        return []
    return [*_compared(file.name, form, ours), *(_unkept(file.name, form, ours) if (key, name) in beside else ())]


def _unkept(name: str, form: Form, ours: Form) -> Iterator[Finding]:
    known = {item.key for item in ours.questions}
    for item in form.questions:
        if item.key not in known:
            yield _error(
                name, item, "form-question-unkept", f"问题“{item.label}”（{item.key}）的回答无处保存",
                "此表单不属于任务，请把新问题加到任务的表单上",
            )  # fmt: skip


def _compared(name: str, form: Form, ours: Form) -> Iterator[Finding]:
    asked, always = {item.key: item for item in form.questions}, set(_always(form.fields))
    needs = set(_always(ours.fields))
    for item in ours.questions:
        needed, now = item.key in needs, asked.get(item.key)
        if now is None:
            yield _error(
                name, item, "form-question-missing", f"缺少程序要用的问题“{item.label}”（{item.key}）",
                "请保留此问题，可改标题、说明和次序",
            ) if needed else _warning(
                name, item, "form-question-missing", f"不再询问“{item.label}”（{item.key}），程序按未填处理",
                "确实不需要的，可以继续部署",
            )  # fmt: skip
        elif _kind(now) != _kind(item):
            yield _error(
                name, item, "form-question-kind",
                f"问题“{item.label}”（{item.key}）由 {_kind(item)} 改成了 {_kind(now)}",
                f"请改回 {_kind(item)}，或用新的 Key 另加一个问题",
            )  # fmt: skip
        elif needed and item.key not in always:
            yield _error(
                name, item, "form-question-optional", f"程序要用的问题“{item.label}”（{item.key}）不再必填",
                "请设为必填，且不加隐藏条件",
            )  # fmt: skip
        else:
            yield from _choices(name, now, item)


def _always(fields: Iterable[FormField]) -> Iterator[str]:
    """Yield the questions that are answered whatever else is answered."""
    for item in fields:
        if item.hide is None:
            if item.is_question and item.is_required:
                yield item.key
            yield from _always(item.children)


def _choices(name: str, now: FormField, item: FormField) -> Iterator[Finding]:
    """Yield a warning for fixed choices that tables and conditions may not know."""
    more = {one.value for one in now.options} - {one.value for one in item.options}
    if item.type in CHOICES and item.options and more:
        yield _warning(
            name, item, "form-choice-new", f"问题“{item.label}”（{item.key}）有新的选项：{'、'.join(sorted(more))}",
            "请核对流程图的条件和决策表是否处理这些选项",
        )  # fmt: skip


def _kind(item: FormField) -> str:
    """Return of which kind an answer is: one choice is one choice, however it is drawn."""
    if item.type == "datetime":
        return f"datetime/{item.subtype}"
    return {"textarea": "textfield", "select": "radio"}.get(item.type, item.type)


def _error(name: str, item: FormField, rule: str, message: str, remedy: str) -> Finding:
    return {"level": "error", **finding(name, item.key, rule, message, remedy)}


def _warning(name: str, item: FormField, rule: str, message: str, remedy: str) -> Finding:
    return {"level": "warning", **finding(name, item.key, rule, message, remedy)}
