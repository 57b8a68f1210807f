"""Others' tools read the contracts: datacontract-cli finds them valid, and makes pages of them."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-datacontract" / "bin" / "python"  # it wants an older DuckDB than we have
LINT = """
import json, sys
from datacontract.data_contract import DataContract
for number, path in enumerate(sys.argv[1:]):
    contract = DataContract(data_contract_file=path)
    run = contract.lint()
    told = [check.reason for check in run.checks if check.result != "passed"]
    pages = [contract.export("markdown")] if number % 10 == 0 else []
    print(json.dumps([path, str(run.result.value), told, list(map(len, pages))]))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not PYTHON.exists(),
    reason="datacontract-cli is not in .venv-datacontract, where .ci/run installs it",
)
def test_datacontract_cli_finds_the_contracts_valid_and_readable() -> None:
    paths = sorted(map(str, (ROOT / "contracts").glob("*.odcs.yaml")))

    done = subprocess.run(
        [PYTHON, "-c", LINT, *paths], capture_output=True, text=True, check=False, timeout=600
    )

    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert [one[0] for one in found] == paths
    assert [one for one in found if one[1:3] != ["passed", []]] == []
    assert all(length > 500 for one in found for length in one[3])
