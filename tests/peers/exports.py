"""The files of `isoloir analyse`, read by the libraries that those who get them use.

Usage: exports.py ISOLOIR

Responses are made up, analysed under each policy, and each folder is read again: the data package by frictionless and
against the JSON Schemas of Data Package 2.0, Parquet by pyarrow and DuckDB, the workbook by openpyxl. Each must hold the
numbers of tables.csv, to the last digit, or to the twelve that the workbook's cells have.
"""

import csv
import json
import math
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

import duckdb
import jsonschema
import openpyxl
import pyarrow.parquet
from frictionless import Package

ROOT = Path(__file__).resolve().parents[2]
UNPROTECTED = "NON PROTÉGÉ – usage interne"
NUMBERS = ["n", "base", "weighted_n", "p", "se", "ci_low", "ci_high"]
# Columns of the sheet « Données » that hold them.
SHEET_COLUMNS = {"p": 5, "se": 6, "ci_low": 7, "ci_high": 8, "n": 9, "weighted_n": 10, "base": 11}


def run(program, *arguments):
    subprocess.run([program, *map(str, arguments)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def number(text):
    return None if text == "" else float(text)


def check_package(folder):
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    profile = json.loads((resources.files("dplib") / "profiles" / "2.0" / "datapackage.json").read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(profile)(profile).validate(descriptor)
    # frictionless also reads formats for which it needs more libraries; they are read below.
    descriptor["resources"] = [resource for resource in descriptor["resources"] if resource.get("type") == "table"]
    assert [resource["name"] for resource in descriptor["resources"]] == ["tables", "tests", "codebook", "variables"]
    report = Package.from_descriptor(descriptor, basepath=str(folder)).validate()
    assert report.valid, report.to_summary()


def check_parquet(folder, rows, protection):
    path = folder / "tables.parquet"
    table = pyarrow.parquet.read_table(path)
    entries = pyarrow.parquet.ParquetFile(path).metadata.metadata
    metadata = {key.decode(): value.decode() for key, value in entries.items()}
    assert metadata["isoloir.protection"] == protection
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    for name in rows[0]:
        expected = [number(row[name]) if name in NUMBERS else row[name] for row in rows]
        assert columns[name] == expected, name
    published = duckdb.sql(f"select count(*), sum(p) from '{path}' where status = 'published'").fetchall()[0]
    expected = [number(row["p"]) for row in rows if row["status"] == "published"]
    assert published[0] == len(expected) and abs(published[1] - sum(expected)) < 1e-9


def check_workbook(folder, rows, is_unprotected):
    workbook = openpyxl.load_workbook(folder / "resultats.xlsx")
    assert len({sheet.title.lower() for sheet in workbook}) == len(workbook.sheetnames)
    for sheet in workbook:
        assert (sheet["A4"].value == UNPROTECTED) == is_unprotected, sheet.title
    cells = list(workbook["Données"].iter_rows(min_row=7, values_only=True))
    assert len(cells) == len(rows)
    for cell, row in zip(cells, rows):
        assert cell[0] == row["question"]
        for name, column in SHEET_COLUMNS.items():
            expected = number(row[name])
            if expected is None and name == "p":
                assert isinstance(cell[column], str), row
            elif expected is None:
                assert cell[column] is None, (name, row)
            else:
                assert math.isclose(cell[column], expected, rel_tol=1e-11), (name, row)


def main(isoloir):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for survey in ["mauges-2026", "laval-2026", "bauge-2026"]:
            responses = folder / f"{survey}.csv"
            run(isoloir, "simulate", survey, "--responses", 1200, "--csv", responses)
            policies = ["cell-key", "none"] + (["suppress"] if survey == "laval-2026" else [])
            for policy in policies:
                out = folder / f"{survey}-{policy}"
                questionnaire = ROOT / "surveys" / f"{survey}.yaml"
                run(isoloir, "analyse", responses, "--survey", questionnaire, "--policy", policy, "--out", out, "--licence", "ouverte")
                with open(out / "tables.csv", encoding="utf-8", newline="") as file:
                    rows = list(csv.DictReader(file))
                protection = UNPROTECTED if policy == "none" else policy
                check_package(out)
                check_parquet(out, rows, protection)
                check_workbook(out, rows, policy == "none")
                print(f"{survey}, {policy}: {len(rows)} rows read the same by frictionless, pyarrow, DuckDB and openpyxl")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
