"""A new kind of layer is one class: the PReLU of the documents works in every room as it is."""

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    Checkpoint,
    Conv2D,
    Dense,
    Doctor,
    Flatten,
    FormatError,
    LeakyReLU,
    MaxPool,
    Sequential,
    Trainer,
    check_gradients,
    check_layer,
    load_model,
    plots,
)
from minitorchcnn.__main__ import main
from tests.floors import ROOT
from tests.test_docs import sections


def documented():
    """Run the page's section, and return the class that it shows."""
    pages = dict(sections(ROOT / "docs" / "architecture.md"))
    code = "".join(
        line[4:] + "\n"
        for block in pages["Adding a layer"]
        for line in block.code.splitlines()
        if line.startswith((">>> ", "... ", "..."))
    )
    names = {"__name__": "documented"}
    exec(compile(code, "architecture.md", "exec"), names)
    return names["PReLU"]


PReLU = documented()


def network(seed=0, kind=PReLU):
    layers = [Conv2D(4, 3), kind(), MaxPool(2), Flatten(), Dense(8), kind(), Dense(2)]
    return Sequential(layers, (1, 8, 8), seed=seed)


def digits():
    """Squares, filled and hollow."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 64)
    x = rng.normal(-1, 0.1, (64, 1, 8, 8)).astype("f4")
    x[:, :, 2:6, 2:6] += 2
    x[y == 1, :, 3:5, 3:5] -= 2
    return x, y


def slopes(model):
    return [float(p.value[0]) for p in model.parameters() if "slope" in p.name]


def test_it_trains_and_the_doctor_looks_on():
    model, doctor = network(), Doctor(quiet=True)
    trainer = Trainer(model, SGD(0.05, momentum=0.9), batch_size=8)
    history = trainer.fit(*digits(), epochs=5, callbacks=[doctor], progress=False)
    assert history.records[-1]["accuracy"] == 1
    assert all(slope != 0.25 for slope in slopes(model))
    assert [finding.message for finding in doctor.findings] == []


def test_its_gradients_are_right():
    x, y = digits()
    report = check_gradients(network(), x[:3].astype("f8"), y[:3])
    assert report.passed
    assert "1.slope" in str(report)


def test_it_is_summed_up_and_estimated():
    text = network().summary()
    assert "PReLU()" in text
    known, unknown = (network(kind=kind).estimate(16, workers=1) for kind in (LeakyReLU, PReLU))
    assert unknown.parameters == known.parameters + 2 * 4
    assert unknown.training_flops == known.training_flops
    assert unknown.training_memory == pytest.approx(known.training_memory, rel=0.1)


def test_it_is_checked_like_what_it_begins_as():
    class Leaky(PReLU):
        def __init__(self, slope=0.01):
            super().__init__()
            self.slope = slope

        def _build(self, input_shape, rng):
            shape = super()._build(input_shape, rng)
            self._parameters[0].value[...] = self.slope
            return shape

    assert check_layer(Leaky, like="LeakyReLU").passed
    report = check_layer(PReLU, like="LeakyReLU")  # which begins with another slope
    assert not report.passed
    assert "crash" not in str(report)


def test_it_is_drawn():
    figure = plots.plot_layers(network(), digits()[0][0])
    assert any("PReLU()" in child.get_title(loc="left") for child in figure.child_axes)


def test_it_is_saved_and_loaded(tmp_path):
    model, path = network(), tmp_path / "model.safetensors"
    model.layers[1].parameters()[0].value[...] = 0.125
    model.save(path)
    again = load_model(path, layers=[PReLU])
    assert slopes(again) == [0.125, 0.25]
    x = digits()[0]
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    with pytest.raises(FormatError, match=r"load_model\(path, layers=\[PReLU\]\)"):
        load_model(path)


def test_the_command_line_says_that_it_does_not_know_it(tmp_path, capsys):
    path = tmp_path / "model.safetensors"
    network().save(path)
    assert main(["info", str(path)]) != 0
    assert "unknown layers ['PReLU']" in capsys.readouterr().err


def test_training_goes_on_from_a_checkpoint(tmp_path):
    def run(epochs, resume=None):
        trainer = Trainer(network(), SGD(0.05, momentum=0.9), batch_size=8, seed=1)
        keep = Checkpoint(tmp_path / "run.checkpoint")
        trainer.fit(*digits(), epochs=epochs, callbacks=[keep], progress=False, resume=resume)
        return trainer.model.state_dict()

    whole = run(4)
    run(2)
    resumed = run(4, resume=tmp_path / "run.checkpoint")
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value)
