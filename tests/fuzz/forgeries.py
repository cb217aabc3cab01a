"""Ways to spoil what a file means, where its checksums fit: files that somebody made on purpose."""

import gzip
import io
import json
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from minitorchcnn.storage.tensors import write_tensors
from tests.fuzz.mutations import mutated

VALUES = [None, True, 0, -1, 1, 3, 2**31, 10**6, 10**12, 2**64, 10**30, 1.5, -0.0, float("inf")]
VALUES += [float("nan"), "", "x", "Dense", "float64", [], {}, [[]], [1, 2], {"a": 1}]
DESCRIPTIONS = ["|O", "<U9", "|V8", "<M8[s]", ">f4", "<c16", "|b1", "<i8", "<f2", "[('a', '<f4')]"]
INFLATED = 40 * 2**20  # beyond the limit that the fuzzer reads with, twice over
#: Made once, because the memory that this takes is not the readers'.
GZIP_BOMB, ZLIB_BOMB = (squeeze(bytes(INFLATED), 1) for squeeze in (gzip.compress, zlib.compress))
SMALL_BOMB = zlib.compress(bytes(INFLATED // 8), 1)


def nonsense(value, rng):
    """Change one to three things somewhere in a JSON value."""
    value = json.loads(json.dumps(value))
    for _ in range(int(rng.integers(1, 4))):
        places = []

        def walk(node, places=places):
            for key in node if isinstance(node, dict) else range(len(node)):
                places.append((node, key))
                if isinstance(node[key], dict | list):
                    walk(node[key])

        walk(value)
        if not places:
            break
        node, key = places[int(rng.integers(len(places)))]
        draw = rng.random()
        if draw < 0.15:
            del node[key]
        elif draw < 0.3:
            other, name = places[int(rng.integers(len(places)))]
            node[key] = json.loads(json.dumps(other[name])) if name in _keys(other) else None
        else:
            node[key] = VALUES[int(rng.integers(len(VALUES)))]
    return value


def _keys(node):
    return node if isinstance(node, dict) else range(len(node))


def tensor_file(data, other, rng):
    """Change the description or an array, and sign it again."""
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    header = json.loads(head.pop("__metadata__")["minitorchcnn"])
    del header["sha256"]
    tensors = {}
    for name, told in head.items():
        dtype = {"F32": "f4", "F64": "f8", "I64": "i8", "U8": "u1", "BOOL": "?", "I32": "i4"}
        start, stop = (8 + length + offset for offset in told["data_offsets"])
        array = np.frombuffer(data[start:stop], dtype[told["dtype"]])
        tensors[name] = array.reshape(told["shape"])
    if rng.random() < 0.2 and tensors:
        name = list(tensors)[int(rng.integers(len(tensors)))]
        value = tensors.pop(name)
        if rng.random() < 0.7:
            tensors[name] = [value.reshape(-1)[:1], value.astype("f8"), value[None]][
                int(rng.integers(3))
            ]
    else:
        header = {**nonsense(header, rng), "format": header["format"]}
        header["format_version"] = header.get("format_version", 1)
    with tempfile.TemporaryDirectory() as folder:
        write_tensors(Path(folder) / "forged", tensors, header)
        return (Path(folder) / "forged").read_bytes()


def npy(data, other, rng):
    """Describe the array as another one, in a header whose length fits."""
    shape = [int(rng.choice([0, 1, 3, 28, 2**20, 2**31, 2**62])) for _ in range(rng.integers(0, 5))]
    described = DESCRIPTIONS[int(rng.integers(len(DESCRIPTIONS)))] if rng.random() < 0.5 else "|u1"
    text = described if described.startswith("[") else f"'{described}'"
    order = rng.choice(["True", "False", "None"])
    words = f"{{'descr': {text}, 'fortran_order': {order}, 'shape': {tuple(shape)}}}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(words)) + words + data[128:]


def npz(data, other, rng):
    """Spoil a member, and pack it again with a checksum that fits; or make it inflate."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        names = old.namelist()
        chosen = names[int(rng.integers(len(names)))]
        for name in names:
            inner = old.read(name)
            if name == chosen:
                inner = (npy if rng.random() < 0.5 else mutated)(inner, inner, rng)
            bomb = name == chosen and rng.random() < 0.02
            info = zipfile.ZipInfo(name if rng.random() < 0.97 else "../outside.npy")
            if bomb or rng.random() < 0.5:
                info.compress_type = zipfile.ZIP_DEFLATED
            with new.open(info, "w") as member:
                member.write(inner)
                for _ in range(INFLATED >> 20 if bomb else 0):
                    member.write(bytes(2**20))
    return packed.getvalue()


def idx(data, other, rng):
    """Claim other sizes, or another type."""
    sizes = [int(rng.choice([0, 1, 5, 28, 2**16, 2**31, 2**32 - 1])) for _ in range(3)]
    kind = int(rng.choice([8, 8, 8, 9, 11, 12, 13, 14, 0]))
    return bytes([0, 0, kind, len(sizes)]) + struct.pack(">3I", *sizes) + data[16:]


def packed_idx(data, other, rng):
    """Spoil what is packed, and pack it again; or make it inflate."""
    inner = gzip.decompress(data)
    inner = (idx if rng.random() < 0.5 else mutated)(inner, inner, rng)
    bomb = GZIP_BOMB if rng.random() < 0.02 else b""
    return gzip.compress(inner, 1, mtime=0) + bomb


def png(data, other, rng):
    """Spoil a chunk and sign it again; sizes above all."""
    chunks, place = [], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    chosen = 0 if rng.random() < 0.6 else int(rng.integers(len(chunks)))
    name, body = chunks[chosen]
    body = mutated(body, body, rng) if body else rng.bytes(3)
    if name == b"IDAT" and rng.random() < 0.05:
        body = ZLIB_BOMB
    chunks[chosen] = (name, body)
    if rng.random() < 0.1:
        chunks.insert(1, (b"zTXt", b"a\0\0" + SMALL_BOMB))
    return data[:8] + b"".join(
        struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks
    )


def csv(data, other, rng):
    """Put something else into some fields."""
    odd = ["nan", "inf", "1e999", "", '"', '"a\nb"', "\0", "-1", "256", "x" * 5000, "é", "0x10"]
    lines = [line.split(",") for line in data.decode().splitlines()]
    for _ in range(int(rng.integers(1, 4))):
        row = lines[int(rng.integers(len(lines)))]
        row[int(rng.integers(len(row)))] = odd[int(rng.integers(len(odd)))]
    return "\n".join(",".join(row) for row in lines).encode()
