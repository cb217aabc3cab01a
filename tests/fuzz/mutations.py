"""Ways to spoil bytes without knowing what they mean."""

import re

import numpy as np

BOUNDARIES = [0, 1, 2, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1]
BOUNDARIES += [2**40, 2**53, 2**63 - 1, 2**63, 2**64 - 1]
NUMBERS = [b"0", b"-1", b"1e999", b"nan", b"99999999999", b"18446744073709551616", b"0.5", b""]
HEADER = 64  # bytes at the beginning that are spoiled more often


def _place(data, rng):
    """Draw a position, as often as not in the header."""
    return int(rng.integers(min(HEADER, len(data)) if rng.random() < 0.5 else len(data)))


def flip(data, other, rng):
    for _ in range(int(rng.integers(1, 9))):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def overwrite(data, other, rng):
    place, size = _place(data, rng), int(rng.integers(1, 17))
    data[place : place + size] = rng.bytes(size)
    return data


def boundary(data, other, rng):
    """Write a number at which counting goes wrong over a field that may be a size."""
    size = int(rng.choice([1, 2, 4, 8]))
    value = int(BOUNDARIES[rng.integers(len(BOUNDARIES))]) % 256**size
    place = _place(data, rng)
    data[place : place + size] = value.to_bytes(size, rng.choice(["little", "big"]))
    return data


def digits(data, other, rng):
    """Replace a number written as text."""
    found = list(re.finditer(rb"\d+", bytes(data)))
    if found:
        match = found[int(rng.integers(len(found)))]
        data[match.start() : match.end()] = NUMBERS[int(rng.integers(len(NUMBERS)))]
    return data


def truncate(data, other, rng):
    return data[: int(rng.integers(len(data)))]


def extend(data, other, rng):
    return data + (rng.bytes(int(rng.integers(1, 300))) if rng.random() < 0.5 else other)


def delete(data, other, rng):
    place = _place(data, rng)
    del data[place : place + int(rng.integers(1, 40))]
    return data


def insert(data, other, rng):
    place = _place(data, rng)
    data[place:place] = rng.bytes(int(rng.integers(1, 40)))
    return data


def repeat(data, other, rng):
    place, size = _place(data, rng), int(rng.integers(1, 200))
    data[place:place] = data[place : place + size] * int(rng.integers(1, 4))
    return data


def blank(data, other, rng):
    place, size = _place(data, rng), int(rng.integers(1, 100))
    part = data[place : place + size]
    data[place : place + size] = bytes([int(rng.choice([0, 32, 255]))]) * len(part)
    return data


def splice(data, other, rng):
    """Begin as one file, go on as another."""
    return data[: _place(data, rng)] + other[_place(other, rng) :]


def transplant(data, other, rng):
    """Put a piece of another file over the same place."""
    place, size = _place(data, rng), int(rng.integers(1, 200))
    data[place : place + size] = other[place : place + size]
    return data


MUTATIONS = [flip, overwrite, boundary, digits, truncate, extend, delete, insert, repeat, blank]
MUTATIONS += [splice, transplant]


def mutated(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes spoiled in one to three ways; `other` is another good file of the kind."""
    spoiled = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        if spoiled:
            way = MUTATIONS[int(rng.integers(len(MUTATIONS)))]
            spoiled = bytearray(way(spoiled, bytearray(other), rng))
    return bytes(spoiled)
