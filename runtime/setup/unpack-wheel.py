"""Unpacks chosen members of a wheel (a zip file) and prints what it wrote as JSON.

Arguments: the wheel, the destination folder. Standard input: [[member pattern, target], ...]; a target that ends in "/" keeps the member's base name.
Python's own zip reader is used because Node has none, and Python is needed for pip anyway.
"""

import fnmatch
import hashlib
import json
import os
import sys
import zipfile

CHUNK_BYTES = 1 << 20


def unpack(wheel, destination, wanted):
    written = []
    with zipfile.ZipFile(wheel) as archive:
        for pattern, target in wanted:
            members = fnmatch.filter(archive.namelist(), pattern)
            if not members:
                sys.exit(f"{os.path.basename(wheel)} has no member {pattern}")
            for member in sorted(members):
                path = target + os.path.basename(member) if target.endswith("/") else target
                written.append({"path": path, **copy(archive, member, os.path.join(destination, path))})
    return written


def copy(archive, member, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(member) as source, open(path, "wb") as target:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
        return {"bytes": target.tell(), "sha256": digest.hexdigest()}


if __name__ == "__main__":
    json.dump(unpack(sys.argv[1], sys.argv[2], json.load(sys.stdin)), sys.stdout)
