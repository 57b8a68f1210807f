"""A setting of a domain is a variable like those of all."""

import pytest

from mega_toys.declared.errors import SettingsError
from mega_toys.domains.safety.settings import SafetySettings
from mega_toys.settings import Settings

VARIABLE = "MEGA_TOYS_TRACE_STEPS"


def test_it_is_known_where_all_settings_are_read() -> None:
    Settings.load({VARIABLE: "4"})


def test_it_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SafetySettings.load().trace_steps == 100
    monkeypatch.setenv(VARIABLE, "4")

    assert SafetySettings.load().trace_steps == 4


@pytest.mark.parametrize("wrong", [{VARIABLE: "0"}, {VARIABLE: "many"}, {f"{VARIABLE}S": "4"}])
def test_a_wrong_one_is_refused_at_once(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=VARIABLE):
        Settings.load(wrong)
