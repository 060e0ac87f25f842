"""What the browser loads comes from the repository, is what it claims to be, and old browsers can read it."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "web/static/vendor"
PACKAGES = json.loads((VENDOR / "vendor.lock.json").read_text(encoding="utf-8"))["packages"]
OUR_CSS = sorted((ROOT / "web/static/css").glob("*.css"))
OUR_JS = sorted((ROOT / "web/static/js").rglob("*.js"))
OUR_TEMPLATES = sorted((ROOT / "web/templates").rglob("*.html"))
TOO_NEW_CSS = re.compile(r"color-mix|:has\(|@layer|oklch|light-dark|(?<![\w-])inset:|@container|:is\(|:where\(")
TOO_NEW_JS = re.compile(r"\?\?=|\|\|=|&&=|\.at\(|replaceAll|structuredClone|Object\.hasOwn|static \{|[{;]\s*#\w+")
FORBIDDEN_JS = re.compile(r"\beval\(|new Function|innerHTML\s*=|document\.write|\.style\.|setAttribute\(.style")
FOREIGN = re.compile(
    r"(?:src|href|action)=[\"'](?:https?:)?//|@import|url\((?:https?:)?//|(?:fetch|import)\([\"'](?:https?:)?//"
)


def folder(package):
    """Return where a package's files are."""
    return ROOT / package["folder"] / package["version"]


def named(package):
    """Return the name shown for a package in the test report."""
    return package["name"]


@pytest.mark.parametrize("package", PACKAGES, ids=named)
def test_every_file_is_the_one_in_the_lock(package):
    for entry in package["files"]:
        content = (folder(package) / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["path"]


@pytest.mark.parametrize("package", PACKAGES, ids=named)
def test_nothing_lies_there_that_the_lock_does_not_name(package):
    present = {
        path.relative_to(folder(package).parent).as_posix()
        for path in folder(package).parent.rglob("*")
        if path.is_file()
    }
    assert present == {f"{package['version']}/{entry['path']}" for entry in package["files"]}


@pytest.mark.parametrize("package", PACKAGES, ids=named)
def test_every_package_brings_its_licence_and_is_named_in_the_notice(package):
    assert package["licence"]
    assert (folder(package) / "LICENSE").stat().st_size > 100
    assert named(package).removesuffix(".org").lower() in (ROOT / "NOTICE").read_text(encoding="utf-8").lower()


def test_test_tools_are_not_shipped():
    assert {package["name"] for package in PACKAGES if not package["folder"].startswith("web/")} == {"axe-core"}


def test_the_mark_of_bpmn_io_is_still_in_the_viewer():
    bpmn_js = next(package for package in PACKAGES if package["name"] == "bpmn-js")
    for name in ("bpmn-navigated-viewer.production.min.js", "bpmn-modeler.production.min.js"):
        assert "bjs-powered-by" in (folder(bpmn_js) / name).read_text(encoding="utf-8")
    ours = "".join(path.read_text(encoding="utf-8") for path in [*OUR_CSS, *OUR_JS])
    assert "bjs-powered-by" not in ours


@pytest.mark.parametrize("path", OUR_CSS, ids=lambda path: path.name)
def test_our_styles_are_readable_for_browsers_of_2020(path):
    assert not TOO_NEW_CSS.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", OUR_JS, ids=lambda path: path.name)
def test_our_scripts_are_readable_for_browsers_of_2020_and_obey_the_content_policy(path):
    source = path.read_text(encoding="utf-8")
    assert not TOO_NEW_JS.findall(source)
    assert not FORBIDDEN_JS.findall(source)


@pytest.mark.parametrize("path", [*OUR_CSS, *OUR_JS, *OUR_TEMPLATES], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path):
    assert not FOREIGN.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", OUR_TEMPLATES, ids=lambda path: path.name)
def test_templates_obey_the_content_policy(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|hx-vals=.js:|javascript:", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
