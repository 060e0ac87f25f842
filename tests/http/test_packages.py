"""Processes are carried as one zip file; what leads outside, explodes or was changed is refused."""

import io
import stat
import zipfile
from argparse import Namespace
from pathlib import Path

import pytest

from engine.commands.deploy import Deploy
from engine.spiff.model import Resource
from engine.testing import EngineRig
from tests.engine.test_bulk import LINE
from tests.http.conftest import Client
from tests.processes.rig import CityRig
from workflows import package_cli, packages
from workflows.errors import FormInvalid

EXPORT = "/api/v1/engine/definitions/{}/{}/package"


def zipped(entries: dict[str, bytes], **more: zipfile.ZipInfo) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(more.get(name, zipfile.ZipInfo(name)) if name in more else name, content)
    return buffer.getvalue()


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_process_goes_out_and_comes_back_and_only_then_has_a_new_version(city: CityRig, caller: Client) -> None:
    city.app.engine.execute(Deploy("test", (LINE,), "test"))
    admin = caller("xt.admin")
    taken = admin.get(EXPORT.format("approval_handoff", 1))
    assert taken.status_code == 200, taken.text
    names = set(opened(taken.data))
    assert {"manifest.json", "README.md", "approval_handoff.bpmn"} <= names
    assert any(name.endswith(".dmn") for name in names)
    assert any(name.startswith("approval_handoff/") and name.endswith(".form") for name in names)
    assert taken.data == admin.get(EXPORT.format("approval_handoff", 1)).data
    same = admin.post("/api/v1/engine/packages/check", data=taken.data, content_type="application/zip")
    assert same.status_code == 200, same.text
    assert {one["is_new"] for one in same.json["definitions"]} == {False}
    line = admin.get(EXPORT.format("line", 1)).data
    city.app.engine.execute(Deploy("test", (Resource(LINE.name, LINE.content.replace(b"P2D", b"P5D")),), "test"))
    headers = {"Idempotency-Key": "k"}
    dry = admin.post("/api/v1/engine/packages/check", data=line, content_type="application/zip").json
    assert [(one["key"], one["version"], one["is_new"]) for one in dry["definitions"]] == [("line", 3, True)]
    assert admin.get(EXPORT.format("line", 3)).status_code == 404
    done = admin.post("/api/v1/engine/packages", data=line, content_type="application/zip", headers=headers)
    assert done.status_code == 201, done.text
    again = admin.post("/api/v1/engine/packages", data=line, content_type="application/zip", headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert admin.get(EXPORT.format("line", 3)).status_code == 200
    clerk = caller("sp.jianshe")
    assert clerk.get(EXPORT.format("line", 1)).status_code == 403
    assert clerk.post("/api/v1/engine/packages/check", data=line, content_type="application/zip").status_code == 403
    bad = admin.post("/api/v1/engine/packages/check", data=b"PK nonsense", content_type="application/zip")
    assert (bad.status_code, bad.json["errors"][0]["field"]) == (422, "package")


@pytest.fixture
def rig(sqlite_url: str) -> EngineRig:
    return EngineRig(sqlite_url)


def test_the_command_line_tries_first_and_deploys_when_told(
    rig: EngineRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.deploy(LINE)
    file = tmp_path / "line.zip"
    assert package_cli.export(rig.engine, Namespace(file=file, keys=["line", "line@1"])) == 0
    rig.deploy(Resource(LINE.name, LINE.content.replace(b"P2D", b"P5D")))
    assert package_cli.bring(rig.engine, Namespace(file=file, yes=False)) == 0
    assert package_cli._latest(rig.engine, "line") == 2
    assert package_cli.bring(rig.engine, Namespace(file=file, yes=True)) == 0
    assert package_cli._latest(rig.engine, "line") == 3
    file.write_bytes(file.read_bytes()[:-30])
    assert package_cli.bring(rig.engine, Namespace(file=file, yes=True)) == 1
    assert "line v3 (new)" in capsys.readouterr().out
    good = tmp_path / "good.zip"
    package_cli.export(rig.engine, Namespace(file=good, keys=["line"]))
    entries = opened(good.read_bytes())
    manifest, diagram = entries["manifest.json"], entries[LINE.name]
    link = zipfile.ZipInfo("line.dmn")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    wrong = [
        zipped({**entries, "../evil.bpmn": b"x"}), zipped({**entries, "/etc/evil.bpmn": b"x"}),
        zipped({**entries, "a\\b.bpmn": b"x"}), zipped({**entries, "run.sh": b"x"}),
        zipped({**entries, "line.dmn": b"/etc/passwd"}, **{"line.dmn": link}),
        zipped({**entries, "more.bpmn": b"x"}), zipped({"manifest.json": manifest}), zipped({LINE.name: diagram}),
        zipped({**entries, LINE.name: diagram + b" "}), zipped({**entries, "manifest.json": b"[]"}),
        zipped({**entries, "manifest.json": manifest.replace(b"package/1", b"package/2")}),
        zipped({**entries, "bomb.bpmn": bytes(packages.MOST_BYTES)}), b"", b"x" * (packages.MOST_BYTES + 1),
        zipped({f"f{n}.bpmn": b"" for n in range(packages.MOST_FILES + 1)}),
    ]  # fmt: skip
    for content in wrong:
        with pytest.raises(FormInvalid):
            packages.read_package(content)
    assert packages.read_package(good.read_bytes()) == [(LINE.name, diagram)]
    rig.close()
