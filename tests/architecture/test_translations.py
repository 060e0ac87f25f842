"""English is complete: nearly every Chinese text of the screens has its translation, and none can break a page."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from web.translation import TwoLanguages, catalogue, english

ROOT = Path(__file__).resolve().parents[2]
ENOUGH = 0.97  # a text that is new today may be translated tomorrow; until then it is read in Chinese
_PLACES = re.compile(r"\{\w*\}")


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / ".ci" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nearly_every_text_has_its_english(messages: ModuleType) -> None:
    found = dict((*messages.in_templates(), *messages.in_python()))
    missing = [f"{name}: {text}" for text, name in found.items() if text not in catalogue()]
    assert len(missing) <= (1 - ENOUGH) * len(found), "run make messages and translate\n" + "\n".join(missing)


def test_a_translation_has_the_places_of_its_text_and_no_markup() -> None:
    for text, words in catalogue().items():
        assert set(_PLACES.findall(words)) <= set(_PLACES.findall(text)), text
        assert not set('"<>') & set(words), text


def test_what_is_read_is_english_and_what_is_sent_back_stays() -> None:
    app = Flask("web")
    app.jinja_environment = TwoLanguages
    with app.test_request_context("/", headers={"Cookie": "xianjie_display=14.normal.normal.on.en"}):
        page = (
            app.jinja_env.overlay(loader=None)
            ._english()
            .from_string(
                '<h1>案件 {{ n }}</h1><input value="案件" placeholder="查找案件" data-x="{{ word }}">'
                "<textarea>{{ word }}</textarea><p>{{ word }}：{{ unknown }}</p>"
                "{% if word == '待办' %}<b>办结</b>{% endif %}"
                "<option value='{{ word }}'>{{ word }}</option>"
            )
        )
        shown = page.render(n=3, word="待办", unknown="某单位")
    assert '<input value="案件" placeholder="Find a case" data-x="待办">' in shown
    assert "<textarea>待办</textarea>" in shown
    assert "<b>Completed</b>" in shown
    assert ">To do</option>" in shown
    assert "某单位" in shown


def test_a_text_with_places_is_recognised_when_python_has_filled_them() -> None:
    assert english("已登记 演示一号。") == "演示一号 registered."
    assert english("演示置业有限公司") == "演示置业有限公司"
