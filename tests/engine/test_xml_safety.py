"""XML from outside is read without entities and within bounds."""

import pytest

from engine.errors import DefinitionInvalid
from engine.xml_safety import parse_xml


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "xml-doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml-doctype"),
        (b"<a>" * 61 + b"</a>" * 61, "xml-complexity"),
        (b"<a>" + b"<b/>" * 20_000 + b"</a>", "xml-complexity"),
        (b"<a>" + b" " * (5 * 1024 * 1024) + b"</a>", "xml-size"),
        (b"<a><b></a>", "xml-syntax"),
        (b"", "xml-syntax"),
    ],
)
def test_dangerous_or_broken_xml_is_refused(data, rule):
    with pytest.raises(DefinitionInvalid) as caught:
        parse_xml(data, "f.bpmn")
    assert caught.value.facts["findings"][0]["rule"] == rule


def test_sound_xml_is_read_up_to_the_bounds():
    assert parse_xml("<a><甲/></a>".encode(), "f.bpmn")[0].tag == "甲"
    assert parse_xml(b"<a>" * 60 + b"</a>" * 60, "f.bpmn").tag == "a"
