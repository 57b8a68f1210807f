"""The toy company delivers into a bucket what it delivers into a folder."""

import datetime as dt
from pathlib import Path

import pytest

from mega_toys.command.toy_commands import simulate
from mega_toys.declared.errors import SettingsError
from mega_toys.lake.store.place import Place, place_of
from mega_toys_tests.buckets import servers
from mega_toys_tests.buckets.servers import BUCKET

UNTIL = dt.date(2026, 3, 10)


def delivered(zone: str, until: dt.date, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What lies in a landing zone once two more days are simulated."""
    monkeypatch.setenv("MEGA_TOYS_LANDING_ROOT", zone)
    simulate(days=2, until=until, scale=0.0005, seed=3, faults=0.05, live=False, every=60)
    place: Place = place_of(zone)
    return {entry.path: place.read(entry.path) or b"" for entry in place.below("")}


@pytest.mark.slow
def test_a_bucket_gets_the_files_that_a_folder_gets_and_goes_on_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.moto() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        bucket, folder = f"s3://{BUCKET}/toys/landing", str(tmp_path / "landing")
        for until in (UNTIL, UNTIL + dt.timedelta(days=2)):
            found = delivered(bucket, until, monkeypatch)
            assert found == delivered(folder, until, monkeypatch)

        monkeypatch.setenv("MEGA_TOYS_LANDING_ROOT", bucket)
        with pytest.raises(FileExistsError, match=f"^{bucket} was simulated with"):
            simulate(days=1, until=UNTIL, scale=1, seed=9, faults=0, live=False, every=60)
        with pytest.raises(SettingsError, match="is a whole bucket"):
            delivered(f"s3://{BUCKET}", UNTIL, monkeypatch)
