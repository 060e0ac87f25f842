"""What the environment may say, and what is answered when it says something else."""

from datetime import timedelta
from pathlib import Path

import pytest

from workflows import cli
from workflows.settings import Settings, SettingsInvalid, parse_shift, read_settings


def test_an_empty_environment_gives_what_one_machine_needs() -> None:
    assert read_settings({}) == Settings()
    assert Settings().city_folder.is_dir()


def test_every_setting_is_read_in_its_own_type(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "XIANJIE_DATABASE": "postgresql+psycopg://db/x", "XIANJIE_CITY": str(tmp_path), "XIANJIE_SECRET": "s" * 32,
            "XIANJIE_HOST": "0.0.0.0", "XIANJIE_PORT": "9000", "XIANJIE_TLS": "Yes", "XIANJIE_CLOCK": "+1d12h",
            "XIANJIE_TICK": "0.5", "XIANJIE_THREADS": "4", "XIANJIE_IS_DEMO": "false", "XIANJIE_PROXIES": "1",
        }
    )  # fmt: skip
    assert settings == Settings(
        "postgresql+psycopg://db/x", str(tmp_path), "s" * 32, "0.0.0.0", 9000, True, "+1d12h", 0.5, 4, False, 1
    )
    assert settings.city_folder == tmp_path
    assert settings.clock_shift == timedelta(days=1, hours=12)


def test_what_is_not_ours_is_left_alone() -> None:
    assert read_settings({"PATH": "/bin", "XIANJIE_TEST_POSTGRES": "x", "XIANJIEX": "1"}) == Settings()


WRONG = {
    "XIANJIE_DATABASE": ("mysql://root:hidden@db/x", "sqlite:///"),
    "XIANJIE_CITY": ("atlantis", "workflows/cities"),
    "XIANJIE_SECRET": ("hidden", "32 characters"),
    "XIANJIE_PORT": ("70000", "65535"),
    "XIANJIE_TLS": ("maybe", "true or false"),
    "XIANJIE_IS_DEMO": ("2", "true or false"),
    "XIANJIE_CLOCK": ("3 days", "+3d"),
    "XIANJIE_TICK": ("0", "more than 0"),
    "XIANJIE_THREADS": ("0", "1 or more"),
    "XIANJIE_PROXIES": ("-1", "0 or more"),
    "XIANJIE_ROUTES": ("/nowhere/routes.toml", "the path of a file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_cannot_be_used_names_the_setting_and_the_remedy(name: str) -> None:
    text, remedy = WRONG[name]
    with pytest.raises(SettingsInvalid) as refused:
        read_settings({name: text})
    assert str(refused.value).startswith(name)
    assert remedy in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [("XIANJIE_PORT", "http", "a whole number"), ("XIANJIE_TICK", "fast", "a number"), ("XIANJIE_TICK", "nan", "0")],
)
def test_what_is_no_number_is_named(name: str, text: str, remedy: str) -> None:
    with pytest.raises(SettingsInvalid, match=name) as refused:
        read_settings({name: text})
    assert remedy in str(refused.value)


def test_a_misspelt_setting_is_refused_and_the_known_ones_are_listed() -> None:
    with pytest.raises(SettingsInvalid, match=r"XIANJIE_PROT.*XIANJIE_PORT"):
        read_settings({"XIANJIE_PROT": "8000"})


@pytest.mark.parametrize(
    ("text", "length"),
    [("", timedelta()), ("+3d", timedelta(days=3)), ("-2h30m", -timedelta(hours=2, minutes=30))],
)
def test_a_shift_of_the_clock_is_read(text: str, length: timedelta) -> None:
    assert parse_shift(text) == length


@pytest.mark.parametrize("text", ["3d", "+", "+3", "+3w", "+d3", "tomorrow", "+3d x"])
def test_a_shift_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"\+3d, -2h or \+1d12h"):
        parse_shift(text)


def test_a_secret_is_made_up_when_none_is_given() -> None:
    one, other = Settings().with_secret(), Settings().with_secret()
    assert len(one.secret) >= 32
    assert one.secret != other.secret
    assert one.with_secret() == one


def test_the_program_says_what_is_wrong_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XIANJIE_PORT", "http")
    assert cli.run(lambda _app, _worker: None, ["migrate"]) == 2
    assert "XIANJIE_PORT='http': a whole number" in capsys.readouterr().err
