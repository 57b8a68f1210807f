"""What tests may do to the environment of their process."""

import json
import os
import subprocess
import sys

from mega_toys_tests.environment import environment

CALLS = """
import json, os, sys
from mega_toys_tests.conftest import _environment_of_a_module, _environment_of_a_test
called = []
sys.addaudithook(lambda event, args: called.append(event) if "env" in event else None)
module = _environment_of_a_module.__wrapped__()
next(module)
test = _environment_of_a_test.__wrapped__(None)
next(test)
os.environ["SET_BY_A_TEST"] = "1"
next(test, None)
next(module, None)
print(json.dumps(called))
"""


def test_what_a_test_does_to_the_environment_ends_with_it() -> None:
    with environment():
        path = os.environ.pop("PATH")
        os.environ["SET_BY_A_TEST"] = "1"
        with environment(SET_BY_A_TEST="2", DAGSTER_HOME="there"):
            assert os.environ["SET_BY_A_TEST"] == "2"
        assert os.environ["SET_BY_A_TEST"] == "1"
        assert "DAGSTER_HOME" not in os.environ

    assert os.environ["PATH"] == path
    assert "SET_BY_A_TEST" not in os.environ


def test_the_end_of_a_test_touches_no_variable_that_the_test_did_not() -> None:
    done = subprocess.run([sys.executable, "-c", CALLS], capture_output=True, check=True)

    assert json.loads(done.stdout) == ["os.putenv", "os.unsetenv"]
