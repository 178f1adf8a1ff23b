"""A table that LibreOffice opened and saved with the settings of CONTRIBUTING.md is the same bytes."""

import shutil
import subprocess

import pytest

from hanoi import evidence

pytestmark = pytest.mark.hard
SOFFICE = shutil.which("soffice")
TEXT_COLUMNS = "/".join(f"{column}/2" for column in range(1, 61))
OPEN = f"CSV:44,34,76,1,{TEXT_COLUMNS}"  # separator comma, quotation mark ", UTF-8, from line 1, every column as text
SAVE = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"  # the same; quoted where needed; as shown
TABLES = [path for path in evidence.published() if path.suffix == ".csv"]


def resaved(tables, folder, opened):
    """Open tables in LibreOffice, save them as spreadsheets, open these and save them as CSV; return the folder of the last."""
    if not SOFFICE:
        pytest.skip("NOT TESTED WITH LIBREOFFICE: it is not installed (Debian: apt install libreoffice-calc)")
    command = [SOFFICE, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", *opened, "--convert-to"]
    for kind, files in (("ods", tables), (SAVE, None)):
        files = files or sorted((folder / "ods").glob("*.ods"))
        words = command if kind == "ods" else [word for word in command if word not in opened]
        out = ["--outdir", folder / kind[:3]]
        subprocess.run([*words, kind, *out, *files], check=True, capture_output=True, timeout=900)
    return folder / "csv"


def test_every_table_comes_back_as_it_went(tmp_path):
    back = resaved(TABLES, tmp_path, [f"--infilter={OPEN}"])
    assert [path.name for path in TABLES if (back / path.name).read_bytes() != path.read_bytes()] == []


def test_without_these_settings_a_table_is_rewritten(tmp_path):
    table = evidence.DATA / "poll_results.csv"
    probe = tmp_path / "probe.csv"
    probe.write_text("id,date,percent\na-1,2019-02,065\n", encoding="utf-8")
    back = resaved([table, probe], tmp_path, [])
    assert (back / "probe.csv").read_bytes() != probe.read_bytes()
