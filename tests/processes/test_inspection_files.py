"""Files of a record: by hash, once, and only what they say they are."""

import hashlib

import pytest
from sqlalchemy import update

from tests.processes.inspections import (
    HEAD,
    OFFICER,
    PHOTO,
    PHOTO_HASH,
    SIGNED,
    assigned,
    put_photo,
    record,
    submit,
)
from tests.processes.record_steps import evidence
from tests.processes.rig import CityRig
from workflows import errors
from workflows.evidence import MOST_BYTES, media_type_of
from workflows.inspections.records import PutEvidence
from workflows.records.inspections import evidence_file, inspection_record

pytestmark = pytest.mark.clause("zz2020/2.5")


def test_files_that_were_not_uploaded_are_listed_and_nothing_is_kept(city: CityRig) -> None:
    done = assigned(city)
    here = put_photo(city, done.inspection_id)
    gone = hashlib.sha256(b"gone").hexdigest()
    image = hashlib.sha256(b"image").hexdigest()
    content = record(
        city, done.inspection_id, evidence=[evidence(here), evidence(gone)],
        signature={**SIGNED, "image_sha256": image},
    )  # fmt: skip
    with pytest.raises(errors.EvidenceMissing) as caught:
        submit(city, content)
    assert caught.value.facts["missing"] == [gone, image]
    assert city.rows(inspection_record) == []
    assert city.elements() == ["record_findings"]


def test_a_record_with_its_files_is_kept(city: CityRig) -> None:
    done = assigned(city)
    put_photo(city, done.inspection_id)
    submit(city, record(city, done.inspection_id, evidence=[evidence()]))
    assert city.rows(inspection_record)[0]["evidence"][0]["sha256"] == PHOTO_HASH


def test_a_file_sent_twice_is_kept_once(city: CityRig) -> None:
    done = assigned(city)
    put_photo(city, done.inspection_id)
    put_photo(city, done.inspection_id, HEAD)
    assert [(one["sha256"], one["uploaded_by"]) for one in city.rows(evidence_file)] == [(PHOTO_HASH, OFFICER)]


def test_a_file_that_was_changed_in_the_database_is_not_handed_out(city: CityRig) -> None:
    done = assigned(city)
    put_photo(city, done.inspection_id)
    read = city.app.desk.inspections.evidence
    assert read(city.actor(OFFICER), done.inspection_id, PHOTO_HASH).content == PHOTO
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(update(evidence_file).values(content=PHOTO + b"changed"))
    with pytest.raises(errors.EvidenceDamaged):
        read(city.actor(OFFICER), done.inspection_id, PHOTO_HASH)


def test_a_file_of_one_inspection_does_not_count_for_another(city: CityRig) -> None:
    first = assigned(city)
    put_photo(city, first.inspection_id)
    submit(city, record(city, first.inspection_id))
    second = assigned(city)
    with pytest.raises(errors.EvidenceMissing):
        submit(city, record(city, second.inspection_id, evidence=[evidence()]))


@pytest.mark.parametrize(
    ("content", "media_type", "digest"),
    [
        (PHOTO, "image/jpeg", "0" * 64),
        (PHOTO, "application/pdf", PHOTO_HASH),
        (b"MZ\x90program", "image/jpeg", None),
        (b"<html><script>", "image/png", None),
        (b"", "image/jpeg", None),
        (b"\xff\xd8\xff" + b"x" * MOST_BYTES, "image/jpeg", None),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    city: CityRig, content: bytes, media_type: str, digest: str | None
) -> None:
    done = assigned(city)
    sha256 = digest or hashlib.sha256(content).hexdigest()
    with pytest.raises(errors.EvidenceRefused) as caught:
        city.app.engine.execute(PutEvidence(city.actor(OFFICER), done.inspection_id, sha256, media_type, content))
    assert caught.value.facts["reason"]
    assert city.rows(evidence_file) == []


def test_a_file_of_exactly_ten_megabytes_is_kept(city: CityRig) -> None:
    done = assigned(city)
    content = b"\xff\xd8\xff" + b"x" * (MOST_BYTES - 3)
    put_photo(city, done.inspection_id, content=content)
    assert city.rows(evidence_file)[0]["size"] == MOST_BYTES


def test_only_inspectors_add_files_and_strangers_do_not_learn_of_the_inspection(city: CityRig) -> None:
    done = assigned(city, (OFFICER, "ks.zf"))
    with pytest.raises(errors.NotInspector):
        put_photo(city, done.inspection_id, HEAD)
    with pytest.raises(errors.CaseNotFound):
        put_photo(city, done.inspection_id, "zr.xc")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF0000WEBP", "image/webp"),
        (b"%PDF-1.7", "application/pdf"), (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"), (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x1aE\xdf\xa3", "video/webm"), (b"ID3\x04", "audio/mpeg"), (b"<svg/>", None), (b"PK\x03\x04", None),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_first_bytes(content: bytes, media_type: str | None) -> None:
    assert media_type_of(content) == media_type
