"""The cell-key method against the Office for National Statistics' `cell-key-perturbation`. Run by `make peers`.

Both sum record keys, reduce the sum, and look the noise up by count and key. Theirs does so modulo 256 in a table given as a
file; ours modulo 2^64 in a distribution, after a hash of the sum. Taking a key r of theirs as r·2^56 makes the two sums the
same; our noise for each count and key, written in their format, makes the two tables the same. What is compared is then
everything else: summing, reducing, true zeros, counts beyond the table, agreement between tables of the same people.

Shared keys cannot show that our noise has the right distribution, only that it is used alike: the moments of the table are
checked here over its 256 keys, and exactly in the unit tests of `ptable.rs`.
"""

import contextlib
import io
import json
import random
import subprocess
import sys

import pandas
from cell_key_perturbation.create_perturbed_table import create_perturbed_table


def run(example, verb, text=""):
    return subprocess.run([example, verb], input=text, capture_output=True, text=True, check=True).stdout


def respondents():
    """12,000 people in communes from a handful to thousands, with answers from common to rare, the same at each run."""
    rng = random.Random(20260402)
    communes, answers = [f"c{index:02}" for index in range(40)], [f"a{index}" for index in range(8)]
    return pandas.DataFrame(
        {
            "commune": rng.choices(communes, weights=[1.25 ** (index / 1.5) for index in range(40)], k=12_000),
            "answer": rng.choices(answers, weights=[300, 200, 100, 50, 20, 8, 3, 1], k=12_000),
            "record_key": [rng.randrange(256) for _ in range(12_000)],
        }
    )


def main(example):
    ptable = pandas.read_csv(io.StringIO(run(example, "table")))
    people = respondents()
    compared = empty = beyond = 0
    for variables in (["commune"], ["answer"], ["commune", "answer"]):
        with contextlib.redirect_stdout(io.StringIO()):
            theirs = create_perturbed_table(
                people, ptable, geog=[], tab_vars=variables, record_key="record_key", threshold=0
            )
        groups = people.groupby(variables)["record_key"].apply(list).to_dict()
        cells = [tuple(row) if len(variables) > 1 else row[0] for row in theirs[variables].itertuples(index=False)]
        keys = "".join(json.dumps(groups.get(cell, [])) + "\n" for cell in cells)
        ours = [int(line) for line in run(example, "counts", keys).split()]
        for cell, count, expected in zip(cells, ours, theirs["count"], strict=True):
            if count != expected:
                raise SystemExit(f"{cell}: ours {count}, theirs {expected}")
        compared += len(cells)
        empty += int((theirs["pre_sdc_count"] == 0).sum())
        beyond += int((theirs["pre_sdc_count"] > 750).sum())
    print(f"{compared} cells agree with the ONS package, {empty} of them empty, {beyond} beyond its table's 750 rows")
    if not (empty and beyond):
        raise SystemExit("the comparison does not reach empty cells and large counts")
    noise = ptable.groupby("pcv")["pvalue"]
    # 256 keys draw from the distribution: the standard error of the mean is about 0.11, that of the variance about 0.21.
    for moment, expected, observed in (("mean", 0, noise.mean()), ("variance", 3, noise.var(ddof=0))):
        low, high = observed.min(), observed.max()
        print(f"noise over the 256 keys: {moment} from {low:.2f} to {high:.2f}, {expected} in the distribution")
        if max(abs(low - expected), abs(high - expected)) > 1:
            raise SystemExit(f"the {moment} is off")


if __name__ == "__main__":
    main(sys.argv[1])
