"""Picture files become what a model takes: any kind of pixel, one meaning of ink."""

import numpy as np
import pytest
from PIL import Image

from minitorchcnn import ArgumentError, Dense, Flatten, FormatError, Sequential, datasets
from minitorchcnn.cli import main
from minitorchcnn.cli.pictures import find_preprocessing, read_picture

SHAPE = (1, 8, 8)
MODEL = Sequential([Flatten(), Dense(2)], SHAPE)
LOOK = find_preprocessing(MODEL)
INK = datasets.handwriting()[0][3]
GREY = np.round((1 - INK[0]) * 127.5).astype(np.uint8)  # dark ink on white paper
CLEAR = np.dstack([np.zeros((8, 8, 3), np.uint8), 255 - GREY])  # black ink on nothing

KINDS = {
    "grey": Image.fromarray(GREY),
    "16 bit": Image.fromarray(GREY.astype(np.uint16) * 257),
    "colour": Image.fromarray(np.dstack([GREY] * 3)),
    "palette": Image.fromarray(GREY).convert("P"),
    "transparent": Image.fromarray(CLEAR),
    "grey transparent": Image.fromarray(CLEAR).convert("LA"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_png_has_the_same_ink(kind, tmp_path):
    path = tmp_path / "three.png"
    KINDS[kind].save(path)
    picture = read_picture(path, LOOK)
    assert picture.shape == SHAPE
    np.testing.assert_allclose(picture, INK, atol=0.01)


def test_one_bit_is_ink_or_paper(tmp_path):
    path = tmp_path / "three.png"
    Image.fromarray(GREY > 127).save(path)
    np.testing.assert_array_equal(read_picture(path, LOOK)[0], np.where(GREY > 127, -1, 1))


def test_light_ink(tmp_path):
    path = tmp_path / "three.png"
    Image.fromarray(255 - GREY).save(path)
    light = find_preprocessing(MODEL, light_ink=True)
    np.testing.assert_allclose(read_picture(path, light), INK, atol=0.01)


def test_colours_of_a_model_that_takes_them(tmp_path):
    path = tmp_path / "red.png"
    Image.fromarray(np.full((8, 8, 3), (255, 0, 0), np.uint8)).save(path)
    look = find_preprocessing(Sequential([Flatten(), Dense(2)], (3, 8, 8)), light_ink=True)
    assert read_picture(path, look)[:, 0, 0].tolist() == [1, -1, -1]


def test_the_model_file_s_word_counts_unless_the_user_says_otherwise():
    model = Sequential([Flatten(), Dense(2)], SHAPE)
    model.preprocessing = datasets.Preprocessing(8, 8, 1, light_ink=True).to_dict()
    assert find_preprocessing(model).light_ink
    assert not find_preprocessing(model, light_ink=False).light_ink
    assert find_preprocessing(model, digit=True).digit
    assert not find_preprocessing(model).digit


def test_a_picture_without_a_meaning_for_the_model_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"reads grey pictures.*takes \(2, 8, 8\)"):
        find_preprocessing(Sequential([Flatten(), Dense(2)], (2, 8, 8)))
    with pytest.raises(FormatError, match="No such file"):
        read_picture(tmp_path / "x.png", LOOK)
    (tmp_path / "x.png").write_text("words")
    with pytest.raises(FormatError, match="not a picture"):
        read_picture(tmp_path / "x.png", LOOK)
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "x.png")
    with pytest.raises(FormatError, match=r"is 20 x 30 pixels .* takes 8 x 8.*resize"):
        read_picture(tmp_path / "x.png", LOOK, resize=False)
    assert read_picture(tmp_path / "x.png", LOOK).shape == SHAPE


def test_predict_reads_files_and_doubts_dark_paper(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    # the pixel with most ink wins
    Sequential([Flatten(), Dense(64, weight=np.eye(64))], SHAPE).save("model")
    pixels = np.full((8, 8), 255, np.uint8)
    pixels[2, 3] = 0
    Image.fromarray(pixels).save("dot.png")
    Image.fromarray(255 - pixels).save("night.png")
    assert main(["predict", "model", "dot.png"]) == 0
    output = capsys.readouterr()
    assert output.out.split()[:2] == ["dot.png", "19"]
    assert output.err == ""
    assert main(["predict", "model", "night.png"]) == 0
    assert "ask again with --light-ink" in capsys.readouterr().err
    assert main(["predict", "model", "--light-ink", "night.png"]) == 0
    output = capsys.readouterr()
    assert output.out.split()[:2] == ["night.png", "19"]
    assert output.err == ""
