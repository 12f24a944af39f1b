"""Our XLSForms in `pyxform`, which ODK and Kobo use to read a form. Run by `make peers`.

Every questionnaire of the repository must become an XForm. Its warnings are read one by one. Two may be there: that « fr-FALC »
is no language code of theirs, which changes nothing for who fills in the form, and that the column « disabled », which keeps a
score out of the form, is of an older standard; that it does keep it out is checked. What pyxform understood is then compared with
the questionnaire itself: a variable, its choices and whether it must be answered.
"""

import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from pyxform.xls2xform import convert

SURVEYS = ("mauges-2026", "laval-2026", "bauge-2026")
HARMLESS = re.compile(r"do not contain valid machine-readable codes: fr-FALC\.|The 'disabled' column header is not part")
XFORMS = "{http://www.w3.org/2002/xforms}"


def main(isoloir):
    with tempfile.TemporaryDirectory() as folder:
        for survey in SURVEYS:
            check(isoloir, survey, Path(folder))
        refuses_what_is_wrong(Path(folder))


def check(isoloir, survey, folder):
    form = folder / f"{survey}.xlsx"
    subprocess.run([isoloir, "survey", "export", survey, "--xlsform", form], check=True, capture_output=True)
    warnings = []
    xform = convert(str(form), warnings=warnings, validate=False).xform
    other = [warning for warning in warnings if not HARMLESS.search(warning)]
    assert not other, f"{survey}: {other}"
    root = xml.fromstring(xform)
    binds = {bind.get("nodeset").rsplit("/", 1)[-1]: bind for bind in root.iter(f"{XFORMS}bind")}
    rows = [row for row in sheet(form, "survey") if row["type"].split()[0] in TYPES]
    # ODK skips a disabled row, as it must a score: nobody is asked for it.
    skipped = [row["name"] for row in rows if "disabled" in row]
    assert not set(skipped) & set(binds), f"{survey}: {skipped}"
    asked = {row["name"]: row for row in rows if "disabled" not in row}
    assert len(asked) > 30, f"{survey}: {len(asked)} questions"
    for name, row in asked.items():
        bind = binds.get(name)
        assert bind is not None, f"{survey}: no {name}"
        assert (bind.get("required") == "true()") == (row.get("required") == "yes"), f"{survey}: required {name}"
        assert bool(bind.get("relevant")) == bool(row.get("relevant")), f"{survey}: relevant {name}"
    codes = {item.text for item in root.iter(f"{XFORMS}name")}
    missing = {row["name"] for row in sheet(form, "choices")} - codes
    assert not missing, f"{survey}: {missing}"
    print(f"{survey}: {len(asked)} questions, {len(xform)} bytes of XForm, no warning that matters")


TYPES = ("select_one", "select_multiple", "integer", "text", "note", "calculate")


def sheet(form, name):
    """The rows of a sheet, by the names of the columns."""
    from openpyxl import load_workbook

    rows = load_workbook(form, read_only=True)[name].iter_rows(values_only=True)
    columns = next(rows)
    return [{column: value for column, value in zip(columns, row) if value} for row in rows]


def refuses_what_is_wrong(folder):
    """pyxform is no rubber stamp: a reference to a question that is not there fails."""
    from openpyxl import load_workbook

    form = folder / f"{SURVEYS[0]}.xlsx"
    book = load_workbook(form)
    survey = book["survey"]
    relevant = [cell.value for cell in survey[1]].index("relevant") + 1
    survey.cell(3, relevant).value = "${absente} = 'oui'"
    broken = folder / "broken.xlsx"
    book.save(broken)
    try:
        convert(str(broken), warnings=[], validate=False)
    except Exception as error:  # pyxform's own errors
        assert "absente" in str(error), json.dumps(str(error))
        return
    raise AssertionError("pyxform took a reference to nothing")


if __name__ == "__main__":
    main(sys.argv[1])
