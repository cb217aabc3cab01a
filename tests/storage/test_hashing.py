"""One SHA-256, whatever the pieces are."""

import hashlib

import numpy as np
import pytest

from minitorchcnn.storage.hashing import sha256_of

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("pieces", "content"),
    [
        ([], b""),
        (["größe\n", b"\0"], "größe\n\0".encode()),
        ([X], X.tobytes()),
        (iter([X[:1], X[1:]]), X.tobytes()),
        ([X.T, np.array(3)], X.T.tobytes() + np.array(3).tobytes()),
        ([X[:0], X > 3], (X > 3).tobytes()),
        ([X.astype(">f8"), np.array(["ab"])], X.astype(">f8").tobytes() + np.array("ab").tobytes()),
    ],
)
def test_as_hashlib_does_of_all_bytes(pieces, content):
    assert sha256_of(pieces) == hashlib.sha256(content).hexdigest()
