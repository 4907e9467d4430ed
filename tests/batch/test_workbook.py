"""A workbook says what it could not hold, and a disk without room is told as one."""

import errno
import gc
import json
import os
from pathlib import Path

import pytest

from classifier.batch.workbook import write_workbook

pytest.importorskip("xlsxwriter")
openpyxl = pytest.importorskip("openpyxl")


def lines(folder, *rows):
    path = folder / "rows"
    path.write_text("".join(json.dumps(row) + "\n" for row in (["text"], *rows)))
    return path


def test_a_text_that_a_cell_cannot_hold_ends_in_a_mark(tmp_path):
    whole, longer = "a" * 32_767, "a" * 32_768
    write_workbook(lines(tmp_path, [whole], [longer], [[longer, "b"]]), tmp_path / "out.xlsx")
    cells = [row[0].value for row in openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(min_row=2)]
    assert cells[0] == whole
    for cut in cells[1:]:
        assert len(cut) == 32_767
        assert cut.endswith("a … [cut]")


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("where", ["the workbook", "a temporary file"])
def test_a_full_disk_is_told_as_one_and_nothing_else_is_printed(where, tmp_path, monkeypatch):
    """As an OSError, of which batch makes one sentence."""
    rows, target = lines(tmp_path, ["Talks resumed."]), tmp_path / "out.xlsx"
    if where == "the workbook":
        target = Path("/dev/full")
        if not target.exists():
            pytest.skip("this system has no disk that is always full")
    else:

        def full(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("xlsxwriter.packager.Packager._create_package", full)
    with pytest.raises(OSError, match="No space left") as error:
        write_workbook(rows, target)
    assert error.value.errno == errno.ENOSPC
    gc.collect()


def test_a_workbook_in_a_folder_that_is_gone_names_it(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        write_workbook(lines(tmp_path, ["Talks resumed."]), tmp_path / "missing" / "out.xlsx")
    assert error.value.filename == str(tmp_path / "missing" / "out.xlsx")
