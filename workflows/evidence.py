"""Files that prove something: kept by their content's SHA-256, of known types, at most ten megabytes each."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select

from workflows import errors
from workflows.audit.kinds import ACCESS
from workflows.audit.noting import note
from workflows.policy import Actor
from workflows.records.inspections import evidence_file
from workflows.uow import UnitOfWork

MOST_BYTES = 10 * 1024 * 1024
MEDIA_TYPES: Mapping[str, str] = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic", "application/pdf": "pdf",
    "video/mp4": "mp4", "video/webm": "webm", "audio/mp4": "m4a", "audio/mpeg": "mp3",
}  # fmt: skip
_STARTS: tuple[tuple[str, int, bytes], ...] = (
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/webp", 8, b"WEBP"),
    ("application/pdf", 0, b"%PDF-"),
    ("video/webm", 0, b"\x1aE\xdf\xa3"),
    ("audio/mpeg", 0, b"ID3"),
    ("audio/mpeg", 0, b"\xff\xfb"),
)
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"M4A ": "audio/mp4"}


@dataclass(frozen=True, slots=True)
class EvidenceKept:
    """A file that is kept; ``was_known`` marks a repetition that stored nothing."""

    sha256: str
    media_type: str
    size: int
    was_known: bool


@dataclass(frozen=True, slots=True)
class EvidenceContent:
    """A file with its content."""

    sha256: str
    media_type: str
    content: bytes

    @property
    def name(self) -> str:
        """Return a safe name for a download."""
        return f"{self.sha256[:16]}.{MEDIA_TYPES[self.media_type]}"


def media_type_of(content: bytes) -> str | None:
    """Return what a file is by its first bytes, whatever it is called; None when it is of no accepted type."""
    for media_type, offset, start in _STARTS:
        if content[offset : offset + len(start)] == start:
            return media_type
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "video/mp4")
    return None


def keep_evidence(uow: UnitOfWork, owner: str, owner_id: UUID, content: bytes, by: str) -> EvidenceKept:
    """Keep a file of an inspection, a penalty or the like; the same content twice is kept once.

    Raises:
        EvidenceRefused: it is empty, too large or of no accepted type; ``reason`` says so in Chinese.
    """
    media_type = media_type_of(content)
    if not content:
        raise errors.EvidenceRefused(reason="文件是空的，请重新选择")
    if len(content) > MOST_BYTES:
        raise errors.EvidenceRefused(reason=f"文件超过 {MOST_BYTES // 1024 // 1024} MB，请压缩或分段后上传")
    if media_type is None:
        raise errors.EvidenceRefused(
            reason="只接受照片（JPEG、PNG、WebP、HEIC）、PDF、视频（MP4、WebM）和录音（M4A、MP3）"
        )
    digest = hashlib.sha256(content).hexdigest()
    mine = (evidence_file.c.owner_id == owner_id) & (evidence_file.c.sha256 == digest)
    known = uow.connection.scalar(select(evidence_file.c.id).where(mine))
    if known is None:
        row = {
            "id": uow.new_id(), "owner": owner, "owner_id": owner_id, "sha256": digest, "media_type": media_type,
            "size": len(content), "content": content, "uploaded_by": by, "uploaded_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(evidence_file), row)
    return EvidenceKept(digest, media_type, len(content), known is not None)


def missing_evidence(uow: UnitOfWork, owner_id: UUID, hashes: Iterable[str]) -> list[str]:
    """Return the hashes that were not uploaded for this owner, each once, in their order."""
    wanted = list(dict.fromkeys(hashes))
    mine = (evidence_file.c.owner_id == owner_id) & evidence_file.c.sha256.in_(wanted)
    known = set(uow.connection.scalars(select(evidence_file.c.sha256).where(mine))) if wanted else set()
    return [digest for digest in wanted if digest not in known]


def read_evidence(uow: UnitOfWork, actor: Actor, owner_id: UUID, sha256: str) -> EvidenceContent:
    """Return a file, and note who read it; whoever calls has checked that the person may see its owner.

    Raises:
        EvidenceNotFound, EvidenceDamaged.
    """
    found = content_of(uow, owner_id, sha256)
    note(uow, ACCESS, "file-read", actor.login, sha256, {"owner_id": str(owner_id)})
    return found


def content_of(uow: UnitOfWork, owner_id: UUID, sha256: str) -> EvidenceContent:
    """Return a file for the software itself: to copy it, not to show it.

    Raises:
        EvidenceNotFound.
        EvidenceDamaged: the content is not what was kept; its digest is in the sealed audit.
    """
    mine = (evidence_file.c.owner_id == owner_id) & (evidence_file.c.sha256 == sha256)
    columns = (evidence_file.c.media_type, evidence_file.c.content)
    row = uow.connection.execute(select(*columns).where(mine)).one_or_none()
    if row is None:
        raise errors.EvidenceNotFound(sha256=sha256)
    if hashlib.sha256(row.content).hexdigest() != sha256:
        raise errors.EvidenceDamaged(sha256=sha256)
    return EvidenceContent(sha256, row.media_type, row.content)
