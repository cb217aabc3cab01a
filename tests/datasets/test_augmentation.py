"""Augmentation: geometry by independent means, bounds of what is drawn, and no state."""

import threading

import numpy as np
import pytest

from minitorchcnn import (
    SGD,
    ArgumentError,
    DataError,
    Dense,
    Flatten,
    Sequential,
    ShapeError,
    Trainer,
)
from minitorchcnn.datasets.augmentation import Augmentation, affine, warp_image

EVERYTHING = {"shift": 2, "rotation": 20, "scale": 0.2, "shear": 10, "elastic": 2, "noise": 0.1}
FIELDS = pytest.mark.parametrize("bent", [False, True])  # with and without a field to bend by


def images(n=4, channels=2, size=(9, 7), dtype="float32"):
    return np.random.default_rng(0).uniform(-1, 1, (n, channels, *size)).astype(dtype)


def warped(image, bent, **options):
    """Move an image, by the other way of interpolating too: with a field of zeros."""
    size = image.shape[1:]
    return warp_image(image, affine(size, **options), np.zeros((2, *size)) if bent else None)


def dot(row, column, size=(15, 15)):
    image = np.full((1, *size), -1.0)
    image[0, row, column] = 1
    return image


def centre(image):
    """Return row and column of the centre of ink."""
    ink = image[0] + 1
    rows, columns = np.indices(ink.shape)
    return (rows * ink).sum() / ink.sum(), (columns * ink).sum() / ink.sum()


class TestGeometry:
    @FIELDS
    @pytest.mark.parametrize(
        ("down", "right"), [(0, 0), (1, 0), (0, -2), (-3, 2), (9, 0), (20, 20)]
    )
    def test_whole_pixels_are_a_shift_with_paper_behind(self, bent, down, right):
        image = images()[0]
        padded = np.pad(image, ((0, 0), (30, 30), (30, 30)), constant_values=-1)
        expected = padded[:, 30 - down : 39 - down, 30 - right : 37 - right]
        got = warped(image, bent, shift=(down, right))
        np.testing.assert_allclose(got, expected, atol=1e-6)

    @FIELDS
    @pytest.mark.parametrize("quarters", [1, 2, 3, -1])
    def test_quarter_turns(self, bent, quarters):
        image = images(size=(8, 8))[0]
        got = warped(image, bent, rotation=90 * quarters)
        np.testing.assert_allclose(got, np.rot90(image, quarters, axes=(1, 2)), atol=1e-5)

    @FIELDS
    def test_half_a_pixel_is_the_mean_of_neighbours(self, bent):
        image = images(size=(6, 5), dtype="float64")[0]
        got = warped(image, bent, shift=(0.5, 0))
        np.testing.assert_allclose(got[:, 1:], (image[:, 1:] + image[:, :-1]) / 2)

    @FIELDS
    @pytest.mark.parametrize(
        ("options", "place"),
        [
            ({"rotation": 30}, (7 - 5 * np.sin(np.pi / 6), 7 + 5 * np.cos(np.pi / 6))),
            ({"scale": 1.2}, (7, 13)),
            ({"scale": 0.6}, (7, 10)),
            ({"scale": 0.6, "shift": (2, -1)}, (9, 9)),
        ],
    )
    def test_where_a_dot_right_of_the_middle_goes(self, bent, options, place):
        moved = warped(dot(7, 12), bent, **options)
        assert centre(moved) == pytest.approx(place, abs=0.12)

    @FIELDS
    @pytest.mark.parametrize(("row", "column"), [(3, 11), (7, 7), (11, 3)])
    def test_shear_leans_to_the_right(self, bent, row, column):
        moved = warped(dot(row, 7), bent, shear=45)
        assert centre(moved) == pytest.approx((row, column), abs=0.1)

    def test_middle_stays(self):
        size = (8, 13)
        matrix = affine(size, rotation=77, scale=1.7, shear=31)
        assert matrix @ (6, 3.5, 1) == pytest.approx((6, 3.5, 1))

    def test_field_says_where_each_pixel_comes_from(self):
        image = images(size=(6, 6), dtype="float64")[0]
        field = np.zeros((2, 6, 6))
        field[:, 2, 3] = (1, -2)
        expected = image.copy()
        expected[:, 2, 3] = image[:, 3, 1]
        np.testing.assert_allclose(warp_image(image, np.eye(3), field), expected)

    def test_field_bends_what_the_matrix_moved(self):
        image = images(size=(6, 6), dtype="float64")[0]
        field = np.zeros((2, 6, 6))
        field[0, 4, 3] = -1
        got = warp_image(image, affine((6, 6), shift=(1, 0)), field)
        assert got[:, 4, 3] == pytest.approx(image[:, 2, 3])


class Drawn(Augmentation):
    """Remembers which matrices and fields it draws."""

    def __init__(self, **options):
        super().__init__(**options)
        self.matrices, self.fields = [], []

    def _matrix(self, row, size):
        self.matrices.append(super()._matrix(row, size))
        return self.matrices[-1]

    def _field(self, size, part, rng):
        self.fields.append(super()._field(size, part, rng))
        return self.fields[-1]


def drawn(**options):
    augment = Drawn(**options)
    augment(images(400, 1, (3, 3)), 0)
    return np.array(augment.matrices), np.array(augment.fields)


class TestWhatIsDrawn:
    def test_shift(self):
        moved = drawn(shift=2)[0][:, :2, 2]
        assert np.abs(moved).max() <= 2
        assert np.ptp(moved, axis=0) == pytest.approx([4, 4], abs=0.1)
        assert abs(np.corrcoef(moved.T)[0, 1]) < 0.2

    def test_rotation(self):
        matrices, _ = drawn(rotation=30)
        angles = np.degrees(np.arctan2(matrices[:, 0, 1], matrices[:, 0, 0]))
        assert -30 <= angles.min() < -29
        assert 29 < angles.max() <= 30
        assert np.linalg.det(matrices) == pytest.approx(np.ones(400))

    def test_scale_is_as_often_smaller_as_larger(self):
        factors = np.sqrt(np.linalg.det(drawn(scale=0.25)[0]))
        assert 0.8 <= factors.min() < 0.81
        assert 1.24 < factors.max() <= 1.25 + 1e-12
        assert 150 < (factors > 1).sum() < 250

    def test_shear(self):
        leans = np.degrees(np.arctan(-drawn(shear=20)[0][:, 0, 1]))
        assert -20 <= leans.min() < -19
        assert 19 < leans.max() <= 20

    def test_elastic(self):
        lengths = np.hypot(*drawn(elastic=3)[1].transpose(1, 0, 2, 3)).max(axis=(1, 2))
        assert 2.9 < lengths.max() <= 3 + 1e-9
        assert lengths.min() < 0.1

    def test_elastic_fields_are_smooth(self):
        augment = Drawn(elastic=3)
        augment(images(5, 1, (28, 28)), 0)
        for field in augment.fields:
            steps = np.abs(np.diff(field, axis=2)).max()
            assert steps < 0.3 * np.ptp(field)

    def test_noise(self):
        x = np.zeros((2, 1, 100, 100))
        noise = Augmentation(noise=0.1)(x, 0)
        assert noise.std() == pytest.approx(0.1, rel=0.03)
        assert abs(noise.mean()) < 0.003
        assert abs(np.corrcoef(noise.reshape(2, -1))[0, 1]) < 0.05


@pytest.mark.parametrize("option", EVERYTHING)
def test_every_option_alone_changes_every_image(option):
    x = images(size=(12, 12))
    y = Augmentation(**{option: EVERYTHING[option]})(x, 0)
    assert all(not np.array_equal(a, b) for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", [EVERYTHING, {"elastic": 1}, {"noise": 0.5}, {"shift": 3}])
def test_shape_dtype_range_and_input_are_kept(dtype, options):
    x = images(dtype=dtype)
    before = x.copy()
    y = Augmentation(**options)(x, np.random.default_rng(0))
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.flags.c_contiguous
    assert -1 <= y.min() < y.max() <= 1
    assert np.array_equal(x, before)
    assert not np.shares_memory(x, y)


def test_nothing_asked_nothing_changed():
    x = images()
    y = Augmentation()(x, 0)
    assert y.tobytes() == x.tobytes()
    assert not np.shares_memory(x, y)


def test_channels_move_together():
    x = np.repeat(images(channels=1), 3, axis=1)
    y = Augmentation(**{**EVERYTHING, "noise": 0})(x, 0)
    assert np.array_equal(y[:, 0], y[:, 1])
    assert np.array_equal(y[:, 0], y[:, 2])


def test_images_differ_from_each_other():
    x = np.repeat(images(1), 4, axis=0)
    y = Augmentation(rotation=20)(x, 0)
    assert len({image.tobytes() for image in y}) == 4


def test_paper_stays_paper():
    x = np.full((2, 1, 9, 9), -1.0)
    moved = Augmentation(shift=3, rotation=45, scale=0.5, shear=20, elastic=3)(x, 0)
    np.testing.assert_allclose(moved, -1, atol=1e-12)


def test_same_generator_same_images_also_from_threads():
    x, augment = images(), Augmentation(**EVERYTHING)
    expected = [augment(x, seed).tobytes() for seed in range(8)]
    assert len(set(expected)) == 8
    got = [b""] * 8

    def work(seed):
        got[seed] = augment(x, np.random.default_rng(seed)).tobytes()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == expected


def test_views_and_no_images():
    augment, x = Augmentation(**EVERYTHING), images(6)
    assert np.array_equal(augment(x[::2], 1), augment(x[::2].copy(), 1))
    assert augment(x[:0], 1).shape == (0, 2, 9, 7)


def test_trainer_takes_it():
    x, labels = images(12), np.arange(12) % 3

    def trained(augment):
        model = Sequential([Flatten(), Dense(3)], (2, 9, 7))
        Trainer(model, SGD(0.1), augment=augment).fit(x, labels, epochs=2, progress=False)
        return model.state_dict()["1.weight"].tobytes()

    assert trained(Augmentation(shift=1)) == trained(Augmentation(shift=1))
    assert trained(Augmentation(shift=1)) != trained(None)


def test_repr_can_be_typed():
    augment = Augmentation(shift=2, elastic=1.5)
    assert repr(augment) == "Augmentation(shift=2.0, elastic=1.5)"
    assert repr(eval(repr(augment))) == repr(augment)
    assert repr(Augmentation()) == "Augmentation()"


class TestRefused:
    @pytest.mark.parametrize(
        ("options", "match"),
        [
            ({"shift": -1}, r"Augmentation: shift must be at least 0\.0 and below 1000000\.0, got"),
            ({"rotation": 181}, r"Augmentation: rotation must be at least 0\.0 and at most 180\.0"),
            ({"scale": 10}, r"Augmentation: scale must be at least 0\.0 and below 10\.0, got 10"),
            ({"shear": 90}, r"Augmentation: shear must be at least 0\.0 and below 90\.0, got 90"),
            ({"elastic": float("nan")}, r"Augmentation: elastic must be a finite number, got nan"),
            ({"noise": "much"}, r"Augmentation: noise must be a finite number, got 'much'"),
            ({"shift": True}, r"Augmentation: shift must be a finite number, got True"),
        ],
    )
    def test_options(self, options, match):
        with pytest.raises(ArgumentError, match=match):
            Augmentation(**options)

    def test_what_is_no_batch_of_images(self):
        augment = Augmentation(shift=1)
        with pytest.raises(ShapeError, match=r"got shape \(3, 4\), expected images of shape \(N,"):
            augment(np.ones((3, 4)), 0)
        with pytest.raises(ShapeError, match=r"got list, expected images"):
            augment([1.0], 0)
        with pytest.raises(DataError, match=r"got uint8, expected float32 or float64 with pixels"):
            augment(np.ones((1, 1, 3, 3), np.uint8), 0)
        with pytest.raises(ArgumentError, match=r"Augmentation: rng must be an integer"):
            augment(images(), "x")
