"""Fashion-MNIST from files to figures, on few images; on the real ones where they are installed."""

import gzip
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from experiments import fashion
from minitorchcnn import FormatError, load_model
from minitorchcnn.laboratory.fashion_mnist import network, pytorch, report
from minitorchcnn.laboratory.fashion_mnist.data import CLASSES, FOLDER, load_fashion

PARTS = {"train": 200, "t10k": 60}


def write_idx(path, array):
    """Write bytes in the layout that the makers of MNIST describe: magic number, sizes, bytes."""
    magic = bytes([0, 0, 8, array.ndim])
    sizes = np.array(array.shape, dtype=">u4").tobytes()
    with gzip.open(path, "wb") as file:
        file.write(magic + sizes + array.tobytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ten kinds of clothes that are easy to tell apart: bright rows at ten heights."""
    place = tmp_path_factory.mktemp("clothes")
    rng = np.random.default_rng(0)
    for part, count in PARTS.items():
        labels = np.arange(count, dtype=np.uint8) % 10
        images = rng.integers(0, 60, (count, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label + 4 : 2 * label + 6] = 255
        write_idx(place / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(place / f"{part}-labels-idx1-ubyte.gz", labels)
    return place


@pytest.fixture(scope="module")
def ran(folder, tmp_path_factory):
    """Run the command once; return what it printed and the folder it wrote."""
    output = tmp_path_factory.mktemp("results")
    words = ["--data", str(folder), "--epochs", "4", "--workers", "1", "--output", str(output)]
    run = subprocess.run(
        [sys.executable, "-m", "experiments.fashion", *words, "--no-torch"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )
    return run.stdout, output


def test_both_parts_are_read(folder):
    data = load_fashion(folder)
    assert data.x.shape == (200, 1, 28, 28)
    assert data.x_test.shape == (60, 1, 28, 28)
    np.testing.assert_array_equal(data.y, np.arange(200) % 10)
    assert (data.x[3, 0, 10:12] == 1).all()  # bright is 1 in our conventions
    assert len(load_fashion(folder, 30).x) == 30


def test_it_tells_how_to_get_the_files(tmp_path, capsys):
    assert fashion.main(["--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert re.match(r"error: there is no Fashion-MNIST in .*apt-get install dataset-fashion", error)
    with pytest.raises(FormatError, match="--data FOLDER"):
        load_fashion(tmp_path / "none")


def test_the_table_has_a_line_for_each_epoch_and_says_who_is_missing(ran):
    text, _ = ran
    assert "200 training images, 60 test images" in text
    assert "PyTorch is not timed" in text
    lines = re.findall(r"^ +(\d) +[\d.]+ +([\d.]+) +[\d.]+ +-$", text, re.MULTILINE)
    assert [epoch for epoch, _ in lines] == list("1234")
    assert max(map(len, text.splitlines())) <= 100


def test_accuracy_is_that_of_the_written_model(ran, folder):
    text, output = ran
    data = load_fashion(folder)
    model = load_model(output / "fashion.safetensors")
    right = int((model.predict(data.x_test).argmax(axis=1) == data.y_test).sum())
    assert f"({right} of 60)" in text
    assert right > 50
    assert model.class_names == CLASSES


def test_figure_and_history_are_written(ran):
    _, output = ran
    with Image.open(output / "confusion.png") as image:
        assert np.asarray(image.convert("L"), dtype=float).std() > 5
    assert len((output / "epochs.csv").read_text("utf-8").splitlines()) == 5


def test_choosing_does_not_depend_on_the_test_part(folder, tmp_path, capsys):
    words = ["--choose", "--epochs", "1", "--workers", "1", "--output", str(tmp_path / "none")]
    assert fashion.main([*words, "--data", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "167 training images, accuracy on 33 others" in text
    assert len(text.splitlines()) == 3 + len(network.CANDIDATES)
    assert network.CHOSEN in network.CANDIDATES
    assert not (tmp_path / "none").exists()
    for file in folder.iterdir():
        shutil.copy(file, tmp_path)
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", np.zeros((60, 28, 28), np.uint8))
    assert fashion.main([*words, "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == text


def race(folder, tmp_path, **changed):
    model = network.build_network(network.CHOSEN, seed=3)
    model.save(tmp_path / "start")
    values = {
        "model": str(tmp_path / "start"),
        "data": str(folder),
        "images": 100,
        "batch_size": 20,
        "learning_rate": 0.01,
        "momentum": 0.9,
        "epochs": 3,
        "seed": 0,
        "workers": 1,
    }
    return model, pytorch.Race(**{**values, **changed})


class Clockwork:
    """A process of PyTorch that always needs half a second and reads three quarters."""

    name = "PyTorch of the test"

    def __init__(self, race):
        self.race = race

    def epoch(self):
        return 0.5

    def accuracy(self):
        return 0.75

    def close(self):
        self.race = None


def test_pytorchs_times_stand_beside_ours(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "PyTorchProcess", Clockwork)
    words = ["--data", str(folder), "--epochs", "2", "--workers", "1", "--output", str(tmp_path)]
    assert fashion.main(words) == 0
    text = capsys.readouterr().out
    assert "1 threads, batches of 64; PyTorch of the test\n" in text
    assert len(re.findall(r"^ +\d .* 0\.5$", text, re.MULTILINE)) == 2
    assert "PyTorch, from the same first weights: 75.00 %\n" in text
    assert re.search(r"\(median\); PyTorch 0\.5: \d+\.\d\d times as long", text)


@pytest.mark.torch
def test_pytorch_trains_the_same_network_and_learns(folder, tmp_path):
    torch = pytest.importorskip("torch")
    model, asked = race(folder, tmp_path)
    data = load_fashion(folder)
    with torch.inference_mode():
        theirs = pytorch.convert(model)(torch.from_numpy(data.x_test)).numpy()
    np.testing.assert_allclose(theirs, model.predict(data.x_test), atol=1e-4)
    other = pytorch.PyTorchProcess(asked)
    try:
        assert other.name == f"PyTorch {torch.__version__}"
        before = other.accuracy()
        assert all(other.epoch() > 0 for _ in range(3))
        assert other.accuracy() > max(before, 0.3)
    finally:
        other.close()


def test_without_torch_the_process_says_so(folder, tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('planted')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    other = pytorch.PyTorchProcess(race(folder, tmp_path)[1])
    assert other.name == "PyTorch is not installed"
    assert other.epoch() is None
    assert other.accuracy() is None
    other.close()


@pytest.mark.skipif(
    not any(FOLDER.glob("train-images*")),
    reason=f"no Fashion-MNIST in {FOLDER}: apt-get install dataset-fashion-mnist",
)
def test_the_real_files(tmp_path, capsys):
    words = ["--images", "2000", "--epochs", "1", "--no-torch", "--workers", "1"]
    assert fashion.main([*words, "--output", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "2,000 training images, 10,000 test images" in text
    accuracy = float(re.search(r"test accuracy +([\d.]+) %", text)[1])
    assert accuracy > 60  # guessing gives 10
    assert load_model(tmp_path / "fashion.safetensors").class_names == CLASSES
