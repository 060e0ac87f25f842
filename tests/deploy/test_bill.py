"""What is delivered is listed with its licences, and compared with known advisories."""

import importlib.util
import json
import re
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKED = {"jinja2": "3.1.6", "flask": "3.1.3"}


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SBOM, AUDIT = script("sbom"), script("audit")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_bill_of_materials_names_exactly_what_is_locked() -> None:
    listed = json.loads((ROOT / "deploy" / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    pypi = {one["name"]: one["version"] for one in listed["components"] if one["purl"].startswith("pkg:pypi/")}
    assert pypi == dict(SBOM.locked(ROOT / "requirements.lock"))
    npm = {one["name"] for one in listed["components"] if one["purl"].startswith("pkg:npm/")}
    assert npm == {path.name for path in (ROOT / "web" / "static" / "vendor").iterdir() if path.is_dir()}
    refs = [one["bom-ref"] for one in listed["components"]]
    assert len(refs) == len(set(refs))
    assert listed["dependencies"][0]["dependsOn"] == refs


def test_every_licence_is_declared_and_suits() -> None:
    listed = json.loads((ROOT / "deploy" / "sbom.cdx.json").read_text(encoding="utf-8"))
    for one in listed["components"]:
        if one["purl"].startswith("pkg:pypi/"):
            assert SBOM.suits(one["licenses"][0]["expression"]), one["name"]


@pytest.mark.parametrize("bad", ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-only", "", "Proprietary"])
def test_a_licence_that_does_not_suit_is_refused(bad: str) -> None:
    assert not SBOM.suits(bad)
    assert SBOM.suits("GPL-2.0-only OR MIT")
    assert SBOM.suits("MPL-2.0 AND (Apache-2.0 OR MIT)")


def test_the_notice_names_every_package() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    known = {plain(word) for word in re.findall(r"[\w.-]+", notice)}
    for file in ("requirements.lock", "requirements-test.lock"):
        missing = [name for name, _ in SBOM.locked(ROOT / file) if plain(name) not in known]
        assert missing == [], file


def advisory(**changes: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "3.1.7"}]
    affected = {"package": {"ecosystem": "PyPI", "name": "Jinja2"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": "TEST-1", "summary": "sandbox", "aliases": ["CVE-1"], "affected": [affected], **changes}


def ranged(*events: dict[str, str], name: str = "jinja2", ecosystem: str = "PyPI") -> list[dict[str, Any]]:
    return [{"package": {"ecosystem": ecosystem, "name": name},
             "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "hits"),
    [
        (advisory(), 1),
        (advisory(affected=ranged({"introduced": "0"}, {"fixed": "3.1.6"})), 0),
        (advisory(affected=ranged({"introduced": "3.1.6"})), 1),
        (advisory(affected=ranged({"introduced": "0"}, {"last_affected": "3.1.6"})), 1),
        (advisory(affected=ranged({"introduced": "0"}, {"last_affected": "3.1.5"})), 0),
        (advisory(affected=ranged({"introduced": "3.2"})), 0),
        (advisory(affected=ranged({"fixed": "2.0"}, {"introduced": "0"}, {"introduced": "3.0"}, {"fixed": "3.2"})), 1),
        (advisory(affected=ranged({"introduced": "0"}, ecosystem="npm")), 0),
        (advisory(affected=ranged({"introduced": "0"}, name="other")), 0),
        (advisory(affected=[{"package": {"ecosystem": "PyPI", "name": "Jinja2"}, "versions": ["3.1.6"]}]), 1),
        (advisory(withdrawn="2026-01-01T00:00:00Z"), 0),
        (advisory(id="GHSA-seen"), 0),
        (advisory(aliases=["GHSA-seen"]), 0),
    ],
)
def test_an_advisory_is_found_exactly_when_it_concerns_a_locked_version(
    tmp_path: Path, record: dict[str, Any], hits: int
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(record))
    assert len(AUDIT.found(tmp_path, LOCKED, {"GHSA-seen"})) == hits
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as bundle:
        bundle.writestr("a.json", json.dumps(record))
    assert len(AUDIT.found(tmp_path / "all.zip", LOCKED, {"GHSA-seen"})) == hits


def test_without_advisories_the_audit_says_that_it_was_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["audit.py"])
    assert AUDIT.main() == 0
    assert capsys.readouterr().out.startswith("LEFT OUT")
    everything = [{"introduced": "0"}]
    (tmp_path / "a.json").write_text(json.dumps(advisory(affected=ranged(*everything))))
    monkeypatch.setattr("sys.argv", ["audit.py", str(tmp_path)])
    assert AUDIT.main() == 1
    assert capsys.readouterr().out.startswith("TEST-1 jinja2")
