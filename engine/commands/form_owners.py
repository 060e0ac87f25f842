"""Which process a form belongs to, when its file is named ``form.form`` and when it is named ``key/form.form``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine import errors
from engine.spiff.model import DefinitionSummary, Resource, form_name, owner_of
from engine.spiff.reading import Finding, finding


def files_by_owner(
    files: Sequence[Resource], summaries: Mapping[str, DefinitionSummary], latest: Mapping[str, Any]
) -> list[Resource]:
    """Return forms under the names that tell their process; one without a folder goes to whatever asks for it.

    Raises:
        DefinitionInvalid: there is no such process, or several could be meant.
    """
    found: list[Resource] = []
    faults: list[Finding] = []
    for file in files:
        keys, fault = _owners(file.name, summaries, latest)
        found += [Resource(form_name(key, file.name.rpartition("/")[2].removesuffix(".form")), file.content)
                  for key in keys]  # fmt: skip
        faults += [fault] if fault else []
    if faults:
        raise errors.DefinitionInvalid(findings=faults)
    return found


def _owners(
    name: str, summaries: Mapping[str, DefinitionSummary], latest: Mapping[str, Any]
) -> tuple[Sequence[str], Finding | None]:
    key, stem = owner_of(name), name.removesuffix(".form")
    if key in summaries or key in latest:
        return (key,), None
    if key:
        return (), finding(
            name, "", "form-process-missing", f"表单所属的流程 {key} 尚未部署",
            "文件夹名应为流程标识；新流程请与其流程图一同部署",
        )  # fmt: skip
    here = [one.key for one in summaries.values() if stem in set(_asked(one))]
    there = here or [key for key, row in latest.items() if form_name(key, stem) in dict(row.resources)]
    if here or len(there) == 1:
        return there, None
    which = f"属于多个流程（{'、'.join(sorted(there))}）" if there else "没有流程使用"
    return (), finding(
        name, "", "form-owner-unclear", f"表单 {name} {which}", f"请选择所属流程，或将文件命名为“流程标识/{name}”"
    )


def _asked(summary: DefinitionSummary) -> Iterator[str]:
    return (one.form_key or one.id for one in summary.elements if one.type == "userTask")
