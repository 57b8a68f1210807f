"""Jobs write and read files of the export folder only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster._config import ConfigType

from mega_toys.declared.errors import LakeError
from mega_toys.orchestration.runs.exports import to_read, write
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.toys import toys


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An export folder, beside a file and with links to what is outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    root = tmp_path / "exports"
    root.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "link.txt").symlink_to(outside / "secret.txt")
    (root / "dangling.txt").symlink_to(outside / "new.txt")
    return root


OUTSIDE = (
    "/etc/passwd", "../outside/secret.txt", "a/../../outside/secret.txt", "folder/secret.txt",
    "folder/new.txt", "link.txt", "dangling.txt", "", ".", "a\0b",
    "a\nb", "\ud800", "x" * 300, "a/" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_name_leads_out_of_the_folder(root: Path, name: str) -> None:
    before = sorted((root.parent / "outside").iterdir())

    with pytest.raises(LakeError, match="MEGA_TOYS_EXPORT_ROOT"):
        write(root, name, ["x"])
    with pytest.raises(LakeError, match="MEGA_TOYS_EXPORT_ROOT"):
        to_read(root, name)

    assert sorted((root.parent / "outside").iterdir()) == before
    assert (root.parent / "outside" / "secret.txt").read_text() == "secret"


def test_a_written_file_is_its_owners_and_is_never_overwritten(root: Path) -> None:
    path = write(root, "deep/er/rejected.ndjson", ["one", "two"])

    assert path.read_text() == "one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert to_read(root, "deep/er/rejected.ndjson") == path
    with pytest.raises(LakeError, match="choose another name"):
        write(root, "deep/er/rejected.ndjson", ["three"])
    assert path.read_text() == "one\ntwo\n"


def test_a_file_is_no_folder(root: Path) -> None:
    write(root, "rejected", ["one"])

    with pytest.raises(LakeError, match=r"`rejected` in .* already"):
        write(root, "rejected/more", ["two"])
    with pytest.raises(LakeError, match="cannot be written"):
        write(root, "rejected/more/still", ["two"])


@pytest.mark.parametrize("name", ["none.ndjson", "made"])
def test_what_is_no_file_is_not_read(root: Path, name: str) -> None:
    (root / "made").mkdir()

    with pytest.raises(LakeError, match="no file"):
        to_read(root, name)


def fields(config: ConfigType, way: str = "") -> Iterator[str]:
    """The names of all that a config may say."""
    for name, field in getattr(config, "fields", {}).items():
        yield f"{way}.{name}"
        yield from fields(field.config_type, f"{way}.{name}")


def test_the_config_of_a_run_changes_nothing_of_what_jobs_work_with(tmp_path: Path) -> None:
    with toys(tmp_path, needed_for("commerce.silver.web_events")) as shop:
        jobs = [*shop.defs.resolve_all_job_defs()]
        told = {way for job in jobs for way in fields(job.run_config_schema.config_type)}

    resources = {way for way in told if way.startswith(".resources.")}
    assert resources
    assert {way for way in resources if way.count(".") > 3} == set()
    assert ".ops.export_quarantined.config.output" in told
