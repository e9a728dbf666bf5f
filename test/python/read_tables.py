"""Reads Parquet files as researchers would and prints what each reader saw, as JSON: {path: {reader: {column: [values]}}}.

Doubles are printed as the 16 hexadecimal digits of their bits, so that nothing is lost on the way: {"f64": "3ff0000000000000"}.
"""

import json
import struct
import sys

import duckdb
import pandas
import polars
import pyarrow.parquet


def plain(value):
    """A value without the reader's own types; pandas' NaN is its null, since no table of ours holds a NaN."""
    if value is None or value is pandas.NA:
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, float):
        return None if value != value else {"f64": struct.pack(">d", value).hex()}
    if isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"unexpected {type(value)}: {value!r}")


def with_pyarrow(path):
    return pyarrow.parquet.read_table(path).to_pydict()


def with_pandas(path):
    frame = pandas.read_parquet(path)
    return {name: list(frame[name]) for name in frame.columns}


def with_polars(path):
    return polars.read_parquet(path).to_dict(as_series=False)


def with_duckdb(path):
    result = duckdb.execute("select * from read_parquet(?)", [path])
    names = [column[0] for column in result.description]
    rows = result.fetchall()
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


READERS = {"pyarrow": with_pyarrow, "pandas": with_pandas, "polars": with_polars, "duckdb": with_duckdb}


def seen_by(read, path):
    return {name: [plain(value) for value in values] for name, values in read(path).items()}


print(json.dumps({path: {name: seen_by(read, path) for name, read in READERS.items()} for path in sys.argv[1:]}))
