"""Deployed processes as one zip file, to be kept or carried to another installation, and back."""

import hashlib
import io
import re
import stat
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from engine.queries.definitions import DefinitionDetails
from workflows import errors
from workflows.uow import ZONE

FORMAT = "xianjie-package/1"
MANIFEST, README = "manifest.json", "README.md"
MOST_FILES, MOST_BYTES = 500, 20_000_000
_NAME = re.compile(r"[\w\-]+(?:/[\w\-]+)?\.(?:bpmn|dmn|form)")
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same content gives the same file
File = tuple[str, bytes]


def write_package(definitions: Sequence[DefinitionDetails], at: datetime) -> bytes:
    """Return diagrams, tables and forms of processes with a README and a manifest of hashes and versions."""
    files = {file.name: file.content for one in definitions for file in (*one.files, *one.forms)}
    manifest = {
        "format": FORMAT, "exported_at": at.astimezone(ZONE).isoformat(),
        "processes": [{"key": one.line.key, "name": one.line.name, "version": one.line.version}
                      for one in definitions],
        "files": [{"name": name, "sha256": _digest(content), "bytes": len(content)}
                  for name, content in sorted(files.items())],
    }  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(MANIFEST, _STAMP), orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        archive.writestr(zipfile.ZipInfo(README, _STAMP), _readme(manifest))
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content)
    return buffer.getvalue()


def _readme(manifest: dict[str, Any]) -> str:
    lines = [f"* {one['name']}（{one['key']} 第 {one['version']} 版）" for one in manifest["processes"]]
    how = "导入前先预演：`xianjie import 文件.zip`；确认后加 `--yes` 部署。manifest.json 列出每个文件的 SHA-256。"
    return "\n".join(["# 流程包", "", *lines, "", how, ""])


def read_package(content: bytes) -> list[File]:
    """Return the files of a package, checked against its manifest; nothing is written to the disk.

    Raises:
        FormInvalid: it is no package, a name leads outside, it is too large when unpacked, or a hash differs.
    """
    if len(content) > MOST_BYTES:
        raise _refused(f"文件超过 {MOST_BYTES // 1_000_000} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = _unpacked(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zipfile.LargeZipFile) as exc:
        raise _refused("不是可读的 zip 文件") from exc
    except Exception as exc:
        if isinstance(exc, errors.FormInvalid):
            raise
        raise _refused("zip 文件已损坏") from exc
    _check_manifest(found)
    return [(name, data) for name, data in found.items() if name not in (MANIFEST, README)]


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise _refused(f"超过 {MOST_FILES} 个文件")
    for entry in entries:
        name = entry.filename
        is_link = stat.S_ISLNK(entry.external_attr >> 16)
        if name in found or is_link or not (name in (MANIFEST, README) or _NAME.fullmatch(name)):
            raise _refused(f"不允许的文件：{name[:100]}")
        with archive.open(entry) as stream:  # what the header says of the size is not believed
            data = stream.read(left + 1)
        left -= len(data)
        if left < 0:
            raise _refused(f"解压后超过 {MOST_BYTES // 1_000_000} MB")
        found[name] = data
    return found


def _check_manifest(found: dict[str, bytes]) -> None:
    try:
        manifest = orjson.loads(found[MANIFEST])
        listed = {str(one["name"]): str(one["sha256"]) for one in manifest["files"]}
        is_known = manifest["format"] == FORMAT
    except (KeyError, TypeError, ValueError) as exc:
        raise _refused("缺少 manifest.json，或其内容不对") from exc
    if not is_known:
        raise _refused(f"格式应为 {FORMAT}")
    actual = {name: _digest(data) for name, data in found.items() if name not in (MANIFEST, README)}
    if not actual or actual != listed:
        differs = sorted(name for name in actual.keys() | listed.keys() if actual.get(name) != listed.get(name))
        raise _refused(f"与 manifest.json 不符：{'、'.join(differs[:5]) or '没有文件'}")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refused(message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": "package", "message": message}])
