"""The tables of `tables.rs` made with polars or DuckDB, from the same Parquet file. Run by `make bench`.

Both are given what the program knows: everything that is weighted follows from the counts by weighting cell, so that a
question is grouped once, by commune × age × sex and answer. What follows is arithmetic on a few thousand counts, with numpy.
Each way that the engine offers is a variant; the bench keeps the one that takes the least processor time.

Usage: tables.py VARIANT memory|end-to-end DESCRIPTION.json REPEATS
"""

import os

# As many threads as the machine that the numbers are published for has cores. The time of all threads is counted.
THREADS = 2
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import hashlib
import json
import sys
import time

NO_ANSWERS = (254, 255)


class Frame:
    """The weighting cells: each dimension has a last category for no answer, as in the program."""

    def __init__(self, description):
        self.names = [name for name, _ in description["dimensions"]]
        self.populations = [populations for _, populations in description["dimensions"]]
        self.sizes = [len(populations) + 1 for populations in self.populations]
        self.questions = description["questions"]


def rake(frame, respondents):
    """Iterative proportional fitting on cells, with the program's start and end. Everybody told their dimensions."""
    import numpy

    cells = respondents[:-1, :-1, :-1].astype(float)
    total = sum(frame.populations[0])
    weights = numpy.where(cells > 0, total / cells.sum(), 0.0)
    targets = [numpy.array(populations) for populations in frame.populations]
    others = [tuple(axis for axis in range(3) if axis != kept) for kept in range(3)]
    before = float("inf")
    while True:
        sums = [(cells * weights).sum(axis=axes) for axes in others]
        discrepancy = max(float(abs(got / target - 1).max()) for got, target in zip(sums, targets))
        if discrepancy <= 1e-12 or (discrepancy < 1e-9 and discrepancy >= before):
            break
        before = discrepancy
        for kept, axes in enumerate(others):
            factors = targets[kept] / (cells * weights).sum(axis=axes)
            weights = weights * factors.reshape([-1 if axis == kept else 1 for axis in range(3)])
    return numpy.pad(weights, ((0, 1),) * 3)


def weigh(frame, counts):
    """Weighted tables: S1 and S2 of each question, for everybody and by commune × age."""
    weights = rake(frame, counts[0].sum(axis=-1))[..., None]
    tables = []
    for (_, codes), of_question in zip(frame.questions, counts):
        by_cell = of_question[..., :codes]
        for power in (weights, weights * weights):
            by_commune_and_age = (by_cell * power).sum(axis=2)
            tables.append((by_commune_and_age.sum(axis=(0, 1)), by_commune_and_age))
    return tables


def sum_of_shares(tables):
    import numpy

    total = 0.0
    for everybody, by_commune_and_age in tables[::2]:
        for table in (everybody[None, None], by_commune_and_age):
            base = table.sum(axis=-1)
            total += (table[..., 0][base > 0] / base[base > 0]).sum()
    return float(total)


def placed(frame, codes, dimensions, answers, counts):
    """Counts in the program's places: cells, then codes, then not shown and skipped."""
    import numpy

    places = [
        numpy.minimum(numpy.asarray(values).astype(numpy.int64), size - 1)
        for values, size in zip(dimensions, frame.sizes)
    ]
    slot_of_byte = numpy.zeros(256, dtype=numpy.int64)
    slot_of_byte[:codes] = range(codes)
    slot_of_byte[list(NO_ANSWERS)] = codes, codes + 1
    table = numpy.zeros([*frame.sizes, codes + 2], dtype=numpy.uint32)
    numpy.add.at(table, (*places, slot_of_byte[numpy.asarray(answers).astype(numpy.int64)]), numpy.asarray(counts))
    return table


def unpacked(frame, codes, packed, counts):
    import numpy

    packed = numpy.asarray(packed).astype(numpy.int64)
    cells, answers = packed >> 8, packed & 255
    dimensions = []
    for size in reversed(frame.sizes):
        dimensions.insert(0, cells % size)
        cells = cells // size
    return placed(frame, codes, dimensions, answers, counts)


class Polars:
    """Lazy group-bys, one per question, all collected together by the streaming engine."""

    def __init__(self, frame, variant):
        import polars

        self.polars, self.frame = polars, frame
        self.is_packed, self.with_keys = "packed" in variant, "keys" in variant

    def load(self, parquet):
        return self.polars.read_parquet(parquet).rechunk().lazy()

    def scan(self, parquet):
        return self.polars.scan_parquet(parquet)

    def count(self, source):
        pl, frame = self.polars, self.frame
        sums = [pl.len().alias("n")] + ([pl.col("__key").sum()] if self.with_keys else [])
        if self.is_packed:
            # One integer per respondent and question in place of four columns.
            cell = pl.lit(0, dtype=pl.UInt32)
            for name, size in zip(frame.names, frame.sizes):
                cell = cell * size + pl.col(name).cast(pl.UInt32)
            source = source.with_columns(cell=cell * 256)
        queries = []
        for name, _ in frame.questions:
            if self.is_packed:
                keyed = source.select("__key", packed=pl.col("cell") + pl.col(name).cast(pl.UInt32))
                queries.append(keyed.group_by("packed").agg(sums))
            else:
                queries.append(source.group_by(*frame.names, name).agg(sums))
        tables = []
        for (name, codes), counted in zip(frame.questions, pl.collect_all(queries, engine="streaming")):
            if self.is_packed:
                tables.append(unpacked(frame, codes, counted["packed"], counted["n"]))
            else:
                tables.append(placed(frame, codes, [counted[n] for n in frame.names], counted[name], counted["n"]))
        return tables


class DuckDb:
    """One GROUP BY per question: quicker here than GROUPING SETS and than UNPIVOT."""

    def __init__(self, frame, variant):
        import duckdb

        self.frame, self.with_keys = frame, "keys" in variant
        self.connection = duckdb.connect(config={"threads": THREADS})

    def load(self, parquet):
        self.connection.execute(f"CREATE TABLE responses AS FROM '{parquet}'")
        return "responses"

    def scan(self, parquet):
        return self.load(parquet)

    def count(self, source):
        by, tables = ", ".join(self.frame.names), []
        keys = ", sum(__key)" if self.with_keys else ""
        for name, codes in self.frame.questions:
            query = f"SELECT {by}, {name}, count(*) AS n{keys} FROM {source} GROUP BY ALL"
            got = self.connection.execute(query).fetchnumpy()
            tables.append(placed(self.frame, codes, [got[n] for n in self.frame.names], got[name], got["n"]))
        return tables


class DuckDbOnFile(DuckDb):
    """Without a table of its own: each query reads its columns from the file."""

    def scan(self, parquet):
        return f"'{parquet}'"


ENGINES = {"polars": Polars, "duckdb": DuckDb, "duckdb-file": DuckDbOnFile}


def peak_mb():
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def main(variant, mode, description, repeats):
    with open(description) as file:
        description = json.load(file)
    frame = Frame(description)
    engine = ENGINES[variant.split("+")[0]](frame, variant)
    parquet = description["parquet"]
    source = engine.load(parquet) if mode == "memory" else None
    before, started = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        counts = engine.count(engine.scan(parquet) if source is None else source)
        tables = weigh(frame, counts)
    cpu, wall = (time.process_time() - before) / repeats, (time.perf_counter() - started) / repeats
    measured = {"tables_cpu_s": cpu, "tables_wall_s": wall, "cpu_s": time.process_time(), "peak_mb": peak_mb()}
    digest = hashlib.sha256()
    for of_question in counts:
        digest.update(of_question.astype("<u4").tobytes())
    print(json.dumps(measured | {"counts": digest.hexdigest(), "shares": sum_of_shares(tables)}))


if __name__ == "__main__":
    variant, mode, description, repeats = sys.argv[1:]
    main(variant, mode, description, int(repeats))
