"""Tensor files: what is written comes back, in the same bytes each time."""

import json
import os
import struct
import tracemalloc

import numpy as np
import pytest
import safetensors.numpy

from minitorchcnn import FormatError
from minitorchcnn.storage.tensors import HEADER_LIMIT, fingerprint, read_tensors, write_tensors

KIND = "minitorchcnn-model"
HEADER = {"format": KIND, "format_version": 1}
DTYPES = ["bool", "int8", "uint8", "int32", "int64", "uint64", "float16", "float32", "float64"]


def tensors():
    rng = np.random.default_rng(0)
    kept = {name: rng.integers(0, 2, (3, 4)).astype(name) for name in DTYPES}
    return {**kept, "scalar": np.array(7), "none": np.zeros((0, 3), "f4"), "ünï": np.ones(1)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.safetensors"


def packed(head, body=b"", length=None):
    """Write the format by hand: 8 bytes of length, JSON, the tensors' bytes."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def test_everything_comes_back(path):
    header = {
        **HEADER,
        "numbers": [1, -2.5, 1e-300, 2**80, 0.1 + 0.2],
        "text": 'quotes " \\ \n, ümlaut, \U0001f600, \ud800',
        "nested": {"b": [None, True, {}], "a": []},
    }
    write_tensors(path, tensors(), header)
    again, header_again = read_tensors(path, KIND)
    assert header_again == header
    assert set(again) == set(tensors())
    for name, value in tensors().items():
        assert again[name].dtype == value.dtype
        assert again[name].shape == value.shape
        assert again[name].tobytes() == value.tobytes()
        again[name][...] = 1  # may be written to


def test_memory_order_and_byte_order_do_not_matter(path):
    plain = np.arange(12, dtype="f8").reshape(3, 4)
    write_tensors(path, {"a": plain}, HEADER)
    expected = path.read_bytes()
    wide = np.zeros((3, 8))
    wide[:, ::2] = plain
    for other in (np.asfortranarray(plain), wide[:, ::2], plain[::-1][::-1]):
        write_tensors(path, {"a": other}, HEADER)
        assert path.read_bytes() == expected
    write_tensors(path, {"a": plain.astype(">f8")}, HEADER)
    assert np.array_equal(read_tensors(path, KIND)[0]["a"], plain)


@pytest.mark.parametrize("many", [True, False])
def test_same_content_gives_same_bytes_in_any_order(path, many):
    header = {**HEADER, **{f"key {i}": i for i in range(20)}}
    held = tensors() if many else {}
    seen = set()
    for turn in (list, reversed):
        write_tensors(path, {k: held[k] for k in turn(held)}, {k: header[k] for k in turn(header)})
        seen.add(path.read_bytes())
    assert len(seen) == 1


def test_without_tensors(path):
    write_tensors(path, {}, {**HEADER, "answer": 42})
    assert read_tensors(path, KIND) == ({}, {**HEADER, "answer": 42})
    assert safetensors.numpy.load(path.read_bytes()) == {}
    (length,) = struct.unpack("<Q", path.read_bytes()[:8])
    assert length % 8 == 0
    assert len(path.read_bytes()) == 8 + length


def test_numpys_integers_and_tuples_become_json(path):
    write_tensors(path, {}, {**HEADER, "size": (np.int64(3), np.uint8(4)), "inf": float("inf")})
    _, header = read_tensors(path, KIND)
    assert (header["size"], header["inf"]) == ([3, 4], float("inf"))


def test_only_text_and_numbers_are_in_the_file(path):
    write_tensors(path, {"a": np.arange(3.0)}, HEADER)
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    header = json.loads(head.pop("__metadata__")["minitorchcnn"])
    assert set(header) == {"format", "format_version", "sha256"}
    assert head == {"a": {"dtype": "F64", "shape": [3], "data_offsets": [0, 24]}}
    assert data[8 + length :] == np.arange(3.0).tobytes()


BASE = {"a": np.arange(4, dtype="i4"), "b": np.zeros(2)}


class TestFingerprint:
    @pytest.mark.parametrize(
        "other",
        [
            {"a": np.arange(4, dtype="u4"), "b": np.zeros(2)},
            {"a": np.arange(4, dtype="i4").reshape(2, 2), "b": np.zeros(2)},
            {"a": np.array([0, 1, 2, 4], "i4"), "b": np.zeros(2)},
            {"b": np.arange(4, dtype="i4"), "a": np.zeros(2)},
            {"a": np.arange(4, dtype="i4")},
            {"a": np.arange(4, dtype="i4"), "b": -np.zeros(2)},
        ],
    )
    def test_differs_for_other_arrays(self, other):
        assert fingerprint(other, "x") != fingerprint(BASE, "x")

    def test_differs_for_another_text_only(self):
        assert fingerprint(BASE, "x") != fingerprint(BASE, "y")
        turned = dict(reversed(BASE.items()))
        assert fingerprint(BASE, "x") == fingerprint(turned, "x")


class TestNotWritten:
    @pytest.mark.parametrize(
        ("held", "header"),
        [
            ({"a": np.array(["text"])}, HEADER),
            ({"a": np.array([None])}, HEADER),
            ({"a": np.zeros(2, "datetime64[s]")}, HEADER),
            ({}, {**HEADER, "x": {1, 2}}),
            ({}, {**HEADER, "x": 1j}),
            ({}, {**HEADER, "x": np.float64}),
            ({}, {**HEADER, "x": np.ones(3)}),
            ({3: np.ones(3)}, HEADER),
        ],
    )
    def test_what_is_no_plain_data(self, path, held, header):
        path.write_text("old")
        with pytest.raises(FormatError, match=r"cannot write .*safetensors: .* Expected arrays of"):
            write_tensors(path, held, header)
        assert path.read_text() == "old"
        assert os.listdir(path.parent) == [path.name]

    def test_header_that_holds_itself(self, path):
        header = dict(HEADER)
        header["me"] = header
        with pytest.raises(FormatError, match=r"[Cc]ircular"):
            write_tensors(path, {}, header)


class TestRefused:
    def test_every_flipped_bit(self, path):
        """Each bit of the whole file, with and without tensors."""
        for held in ({"a": np.arange(2, dtype="f4")}, {}):
            write_tensors(path, held, HEADER)
            data = path.read_bytes()
            for place in range(8 * len(data)):
                damaged = bytearray(data)
                damaged[place // 8] ^= 1 << place % 8
                path.write_bytes(damaged)
                with pytest.raises(FormatError, match=r"file\.safetensors"):
                    read_tensors(path, KIND)

    def test_every_length(self, path):
        write_tensors(path, {"a": np.arange(2, dtype="f4")}, HEADER)
        data = path.read_bytes()
        for length in range(len(data)):
            path.write_bytes(data[:length])
            with pytest.raises(FormatError, match=r"file\.safetensors is not a safetensors file"):
                read_tensors(path, KIND)
        path.write_bytes(data + b"\0")
        with pytest.raises(FormatError, match="is not a safetensors file"):
            read_tensors(path, KIND)

    def test_same_meaning_in_other_words_is_a_change_too(self, path):
        write_tensors(path, {}, HEADER)
        with safetensors.safe_open(path, framework="numpy") as file:
            text = file.metadata()["minitorchcnn"]
        for changed in (text.replace(":", ": "), text.replace("{", '{"format":0,', 1)):
            path.write_bytes(packed({"__metadata__": {"minitorchcnn": changed}}))
            with pytest.raises(FormatError, match="its header was changed"):
                read_tensors(path, KIND)

    def test_claimed_header_larger_than_the_file(self, path):
        for claim in (100, 2**31, 2**63, 2**64 - 1):
            path.write_bytes(packed(b"{}", length=claim))
            with pytest.raises(FormatError, match=rf"10 bytes, .* promise a header of {claim}"):
                read_tensors(path, KIND)

    @pytest.mark.parametrize("shape", [[2**40], [2**32, 2**32], [2**61, 8], [2**64], [-1], [0.5]])
    def test_claimed_tensor_larger_than_the_file(self, path, shape):
        entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, 4]}
        told = {"minitorchcnn": json.dumps(HEADER)}
        path.write_bytes(packed({"__metadata__": told, "a": entry}, bytes(4)))
        assert peak(lambda: refused(path)) < 1e6

    def test_limits(self, path):
        write_tensors(path, {"a": np.zeros(1000)}, HEADER)
        size = path.stat().st_size
        read_tensors(path, KIND, limit_bytes=size)
        with pytest.raises(FormatError, match=rf"has {size} bytes .* at most {size - 1} .*limit_b"):
            read_tensors(path, KIND, limit_bytes=size - 1)
        write_tensors(path, {}, {**HEADER, "long": "x" * 1000})
        with pytest.raises(FormatError, match=r"with a header of 1\d\d\d, .* and 312: if you"):
            read_tensors(path, KIND, limit_bytes=10_000)

    def test_header_that_parses_to_much_more(self, path):
        """A list takes 56 bytes, its text three."""
        limit = 4_000_000
        text = json.dumps({**HEADER, "x": [[]] * 20_000})
        assert len(text) < limit / 32
        path.write_bytes(packed({"__metadata__": {"minitorchcnn": text}}))
        assert peak(lambda: refused(path, limit_bytes=limit)) < 2 * limit
        text = "[" * (HEADER_LIMIT - 100)
        path.write_bytes(packed({"__metadata__": {"minitorchcnn": text}}))
        assert peak(lambda: refused(path)) < 8 * HEADER_LIMIT

    @pytest.mark.parametrize(
        ("text", "match"),
        [
            ("[1]", "is damaged: its header is not our JSON"),
            ('"text"', "is damaged: its header is not our JSON"),
            ("__import__('os').abort()", "is damaged: its header is not our JSON"),
            ("[" * 100_000, "is damaged: its header is not our JSON"),
            ("1" * 10_000, "is damaged: its header is not our JSON"),
            ("{}", "not a minitorchcnn-model that .* its format is None"),
            ('{"format":"minitorchcnn-checkpoint"}', "its format is 'minitorchcnn-checkpoint'"),
            (json.dumps({**HEADER, "format_version": 2}), "version 2, .* 1: install a newer"),
            (json.dumps({**HEADER, "format_version": 0}), "version 0, .* 1: make the file again"),
            (json.dumps({**HEADER, "format_version": True}), "version True, .*make the file again"),
            (json.dumps({"format": KIND}), "version None, .*make the file again"),
            ('{"format":"minitorchcnn-model","format_version":1}', "is damaged: its contents"),
        ],
    )
    def test_header(self, path, text, match):
        path.write_bytes(packed({"__metadata__": {"minitorchcnn": text}}))
        with pytest.raises(FormatError, match=match):
            read_tensors(path, KIND)

    def test_older_file_of_several_keys(self, path):
        told = {"format": KIND, "format_version": "1", "architecture": "{}"}
        path.write_bytes(packed({"__metadata__": told}))
        with pytest.raises(FormatError, match=r"version 1, .* version 2: make the file again"):
            read_tensors(path, KIND, version=2)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_pipe_does_not_make_us_wait(self, path):
        os.mkfifo(path)
        with pytest.raises(FormatError, match="not an ordinary file"):
            read_tensors(path, KIND)

    @pytest.mark.parametrize("path", [None, 0, "a\0b", "", "/nowhere/at/all", "/", "a" * 300])
    def test_no_file(self, path):
        with pytest.raises(FormatError, match="cannot read "):
            read_tensors(path, KIND)


def refused(path, **options):
    with pytest.raises(FormatError):
        read_tensors(path, KIND, **options)


def peak(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_reading_takes_the_file_once(path):
    size = 8_000_000
    write_tensors(path, {"a": np.zeros(size // 2, "u1"), "b": np.zeros(size // 2, "u1")}, HEADER)
    assert size < peak(lambda: read_tensors(path, KIND)) < 1.6 * size
