"""Reads an Arrow file as researchers would and prints what each reader saw, as JSON: {reader: {column: rows of floats}}, with types and metadata."""

import json
import sys

import polars
import pyarrow

path = sys.argv[1]
with pyarrow.memory_map(path) as source:
    table = pyarrow.ipc.open_file(source).read_all()
metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
frame = polars.read_ipc(path)
seen = {
    "pyarrow": {name: table[name].to_pylist() for name in table.column_names},
    "numpy": {name: table[name].combine_chunks().flatten().to_numpy().reshape(len(table), -1).tolist() for name in table.column_names},
    "polars": {name: frame[name].to_list() for name in frame.columns},
}
print(json.dumps({"metadata": metadata, "types": {f.name: str(f.type) for f in table.schema}, "seen": seen}))
