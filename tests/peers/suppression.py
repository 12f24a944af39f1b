"""Suppression against τ-ARGUS (pytauargus) and an audit by HiGHS, over random tables. Run by `make peers`.

For each table: the Rust example `suppress` gives a pattern; τ-ARGUS's audit and a linear program of our own, solved by HiGHS,
look for a breach in it; τ-ARGUS's optimal method (OPT) protects the same table by the same rule, and the two are counted.

τ-ARGUS is asked twice: with an attacker who knows nothing of any cell beforehand, and with its own default, an attacker who
knows that no cell exceeds the largest.

The rule is the same for all: counts from 1 to 10 are primary, each with lower protection level n and upper one 11 - n, so
that the interval of an attacker must hold both 0 and 11; zeros stay published (status z); every other cell, margins
included, may be withheld, at the price of one each.
"""

import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

import highspy
from pytauargus._tauargus import HiTaSCtrl, audit_jj

THRESHOLD = 11
# More than anybody would guess of any cell.
UNKNOWN = 1_000_000


def two_way(rng, rows, columns, sectors):
    """A table with margins, and with subtotals of rows when there are sectors: counts, and sums as [total, parts…]."""
    skewed = rng.random() < 0.5
    draw = (lambda: int(rng.random() ** 3 * 120)) if skewed else (lambda: rng.randrange(60))
    counts, sums = [], []

    def row(values):
        first = len(counts)
        counts.extend(values + [sum(values)])
        ids = list(range(first, first + columns + 1))
        sums.append([ids[-1], *ids[:-1]])
        return ids

    def total(parts):
        ids = row([sum(counts[part[column]] for part in parts) for column in range(columns)])
        sums.extend([ids[column], *(part[column] for part in parts)] for column in range(columns + 1))
        return ids

    leaves = [row([draw() for _ in range(columns)]) for _ in range(rows)]
    groups = [leaves[sector::sectors] for sector in range(sectors)] if sectors else []
    total([total(group) for group in groups] if groups else leaves)
    return {"counts": counts, "sums": sums}


def tables():
    """200 tables, the same at each run: 3 to 20 rows, 3 to 8 columns, a third of them with a hierarchy."""
    rng = random.Random(20260401)
    for index in range(200):
        rows, columns = rng.randint(3, 20), rng.randint(3, 8)
        yield two_way(rng, rows, columns, rng.randint(2, 3) if index % 3 == 0 and rows >= 6 else 0)


def write_jj(path, table, fates, highest):
    """τ-ARGUS's own format of a table with its links; cells marked C are withheld already."""
    with open(path, "w", encoding="utf-8") as out:
        print(0, len(table["counts"]), sep="\n", file=out)
        for cell, count in enumerate(table["counts"]):
            primary = 0 < count < THRESHOLD
            status = "u" if primary else "m" if fates[cell] == "C" else "z" if count == 0 else "s"
            lower, upper = (count, THRESHOLD - count) if primary else (0, 0)
            print(f"{cell} {count} 1 {status} 0 {highest} {lower:.3f} {upper:.3f} 0", file=out)
        print(len(table["sums"]), file=out)
        for total, *parts in table["sums"]:
            terms = " ".join(f"{part} (1)" for part in parts)
            print(f"0 {len(parts) + 1} : {total} (-1) {terms} ", file=out)


def optimum_of_tau_argus(table, folder, highest):
    """How many cells OPT withholds beside the primary ones."""
    source, out = os.path.join(folder, "opt.jj"), os.path.join(folder, "opt.out")
    write_jj(source, table, "." * len(table["counts"]), highest)
    result = HiTaSCtrl().full_jj(in_file_jj=source, out_file=out, max_time=10)
    if result > 1:
        raise SystemExit(f"τ-ARGUS failed with code {result}")
    with open(out, encoding="utf-8") as lines:
        return len(lines.read().split())


def breaches_by_tau_argus(table, fates, folder, highest):
    source = os.path.join(folder, "audit.jj")
    write_jj(source, table, fates, highest)
    return [
        row
        for row in audit_jj(source)
        if row["status"] == "u" and (row["unsafe"] or row["min"] > 1e-6 or row["max"] < THRESHOLD - 1e-6)
    ]


def breaches_by_highs(table, fates):
    """Two linear programs for each small withheld cell, from published cells and sums only."""
    solver = highspy.Highs()
    solver.silent()
    withheld = {cell: solver.addVariable(lb=0) for cell, fate in enumerate(fates) if fate != "."}
    for total, *parts in table["sums"]:
        terms = [(total, -1), *((part, 1) for part in parts)]
        unknown = [sign * withheld[cell] for cell, sign in terms if cell in withheld]
        known = sum(sign * table["counts"][cell] for cell, sign in terms if cell not in withheld)
        if unknown:
            solver.addConstr(sum(unknown[1:], unknown[0]) == -known)
    found = []
    for cell, variable in withheld.items():
        if 0 < table["counts"][cell] < THRESHOLD:
            solver.minimize(variable)
            least = solver.getObjectiveValue()
            solver.maximize(variable)
            unbounded = solver.getModelStatus() in (
                highspy.HighsModelStatus.kUnbounded,
                highspy.HighsModelStatus.kUnboundedOrInfeasible,
            )
            if least > 1e-6 or not (unbounded or solver.getObjectiveValue() >= THRESHOLD - 1e-6):
                found.append(cell)
    return found


def main(example):
    drawn = list(tables())
    lines = "".join(json.dumps(table) + "\n" for table in drawn)
    replies = subprocess.run([example], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    breaches, naive, proven, seconds = 0, 0, 0, []
    counted = {"who knows nothing": [], "who knows the largest": []}
    # τ-ARGUS leaves its logs where it runs.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for index, (table, reply) in enumerate(zip(drawn, map(json.loads, replies), strict=True)):
            fates = reply["fates"]
            for cell, count in enumerate(table["counts"]):
                if (fates[cell] == "P") != (0 < count < THRESHOLD):
                    raise SystemExit(f"table {index}: cell {cell} is not what the rule says")
            breaches += len(breaches_by_highs(table, fates))
            # An audit that finds nothing in unprotected tables would prove nothing.
            naive += bool(breaches_by_highs(table, fates.replace("C", ".")))
            for attacker, highest in zip(counted, (UNKNOWN, max(table["counts"])), strict=True):
                breaches += len(breaches_by_tau_argus(table, fates, folder, highest))
                theirs = optimum_of_tau_argus(table, folder, highest)
                counted[attacker].append((fates.count("P"), fates.count("C"), theirs))
            proven += reply["smallest"]
            seconds.append(reply["seconds"])
    print(f"{len(drawn)} tables, {breaches} breaches found; with primary suppression alone, {naive} tables are breached")
    medians = []
    for attacker, counts in counted.items():
        ratios = [(primary + ours) / (primary + theirs) for primary, ours, theirs in counts if primary + theirs]
        fewer, more = (sum(sign * ours < sign * theirs for _, ours, theirs in counts) for sign in (1, -1))
        medians.append(statistics.median(ratios))
        print(
            f"cells withheld, ours to τ-ARGUS's optimum, against one {attacker}: median {medians[-1]:.3f}, "
            f"mean {statistics.fmean(ratios):.3f}, worst {max(ratios):.3f}; fewer in {fewer} tables, more in {more}"
        )
    print(f"proven smallest by our own bound in {proven} tables")
    print(f"seconds per table: median {statistics.median(seconds):.4f}, worst {max(seconds):.4f}")
    if breaches or max(medians) > 1.1 or naive == 0:
        raise SystemExit("suppression does not hold against τ-ARGUS")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
