import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image

from bench.data.decode import MAX_PIXELS, decode, fit, read_metadata
from bench.errors import DataError

GRAY = np.array([[0, 51, 255], [128, 204, 7]], dtype=np.uint8)
RGB = np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1]], axis=2)
ALPHA = np.array([[255, 128, 0], [255, 64, 255]], dtype=np.uint8)

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))


def saved(tmp_path: Path, image: Image.Image, suffix: str = ".png", **options: Any) -> Path:
    path = tmp_path / f"image{suffix}"
    image.save(path, **options)
    return path


def over_black(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.float64]:
    return pixels / 255 * (alpha / 255)[..., np.newaxis]


def test_8_bit_gray_is_divided_by_255(tmp_path: Path) -> None:
    np.testing.assert_allclose(decode(saved(tmp_path, Image.fromarray(GRAY)))[..., 0], GRAY / 255, atol=1e-7)


def test_colour_has_three_channels(tmp_path: Path) -> None:
    np.testing.assert_allclose(decode(saved(tmp_path, Image.fromarray(RGB))), RGB / 255, atol=1e-7)


def test_bilevel_is_zero_and_one(tmp_path: Path) -> None:
    bits = GRAY > 100
    np.testing.assert_array_equal(decode(saved(tmp_path, Image.fromarray(bits)))[..., 0], bits)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_gray_is_divided_by_65535(tmp_path: Path, suffix: str) -> None:
    deep = np.array([[0, 1, 65535], [32768, 300, 65534]], dtype=np.uint16)
    decoded = decode(saved(tmp_path, Image.fromarray(deep), suffix))
    np.testing.assert_allclose(decoded[..., 0], deep / 65535, rtol=1e-6)


def test_big_endian_16_bit_gray_is_read_as_such(tmp_path: Path) -> None:
    deep = np.array([[0, 1, 65535], [32768, 300, 65534]], dtype=np.uint16)
    path = tmp_path / "image.pgm"
    path.write_bytes(b"P5 3 2 65535\n" + deep.astype(">u2").tobytes())
    np.testing.assert_allclose(decode(path)[..., 0], deep / 65535, rtol=1e-6)


def gray_tiff(tmp_path: Path, shape: tuple[int, int], n_bits: int, photometric: int, pixels: bytes) -> Path:
    """A minimal TIFF (6.0, section 4) of one strip, little-endian."""
    (height, width), start = shape, 8 + 2 + 12 * 9 + 4
    short, long = 3, 4
    fields = [(256, short, width), (257, short, height), (258, short, n_bits), (259, short, 1)]
    fields += [(262, short, photometric), (273, long, start), (277, short, 1), (278, short, height)]
    fields += [(279, long, len(pixels))]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    path = tmp_path / "image.tif"
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, len(fields)) + entries + bytes(4) + pixels)
    return path


def test_gray_of_a_tiff_whose_zero_is_white_is_turned_round(tmp_path: Path) -> None:
    deep = np.array([[0, 1, 65535], [32768, 300, 65534]], dtype="<u2")
    for photometric, expected in ((1, deep / 65535), (0, 1 - deep / 65535)):
        decoded = decode(gray_tiff(tmp_path, deep.shape, 16, photometric, deep.tobytes()))
        np.testing.assert_allclose(decoded[..., 0], expected, atol=1e-6)


def test_12_bit_gray_is_divided_by_4095(tmp_path: Path) -> None:
    packed = bytes([0x00, 0x0F, 0xFF, 0x80, 0x00, 0x01])  # 0x000, 0xfff, 0x800, 0x001
    decoded = decode(gray_tiff(tmp_path, (2, 2), 12, 1, packed))
    np.testing.assert_allclose(decoded[..., 0], np.array([[0, 4095], [2048, 1]]) / 4095, atol=1e-6)


def test_32_bit_gray_is_read_as_16_bit(tmp_path: Path) -> None:
    deep = np.array([[0, 65535], [32768, 300]], dtype=np.int32)
    np.testing.assert_allclose(decode(saved(tmp_path, Image.fromarray(deep), ".tif"))[..., 0], deep / 65535)


def test_floating_point_gray_is_taken_as_it_is(tmp_path: Path) -> None:
    values = np.array([[0.0, 0.25], [1.0, 1e-4]], dtype=np.float32)
    np.testing.assert_array_equal(decode(saved(tmp_path, Image.fromarray(values), ".tif"))[..., 0], values)


@pytest.mark.parametrize("value", [-1, 65536, 2**31 - 1])
def test_32_bit_gray_beyond_16_bits_is_refused(tmp_path: Path, value: int) -> None:
    path = saved(tmp_path, Image.fromarray(np.array([[0, value]], dtype=np.int32)), ".tif")
    with pytest.raises(DataError, match=r"image\.tif.*0 to 65535"):
        decode(path)


@pytest.mark.parametrize("value", [-0.1, 1.5, 255.0, np.nan, np.inf])
def test_floating_point_gray_outside_0_to_1_is_refused(tmp_path: Path, value: float) -> None:
    path = saved(tmp_path, Image.fromarray(np.array([[0, value]], dtype=np.float32)), ".tif")
    with pytest.raises(DataError, match=r"image\.tif.*0 to 1"):
        decode(path)


def test_transparent_gray_is_composited_over_black(tmp_path: Path) -> None:
    image = Image.fromarray(np.stack([GRAY, ALPHA], axis=2), mode=None)
    assert image.mode == "LA"
    np.testing.assert_allclose(decode(saved(tmp_path, image)), over_black(GRAY[..., None], ALPHA), atol=1e-6)


def test_transparent_colour_is_composited_over_black(tmp_path: Path) -> None:
    image = Image.fromarray(np.dstack([RGB, ALPHA]))
    np.testing.assert_allclose(decode(saved(tmp_path, image)), over_black(RGB, ALPHA), atol=1e-6)


@pytest.mark.parametrize("suffix", [".png", ".gif", ".bmp"])
def test_a_palette_is_looked_up(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(RGB).quantize(6)
    assert image.mode == "P"
    expected = np.asarray(image.convert("RGB")) / 255
    np.testing.assert_allclose(decode(saved(tmp_path, image, suffix)), expected, atol=1e-7)


def test_a_palettes_transparent_entry_is_black(tmp_path: Path) -> None:
    indices = np.array([[0, 1], [1, 0]], dtype=np.uint8)
    image = Image.fromarray(indices).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0])
    decoded = decode(saved(tmp_path, image, transparency=0))
    np.testing.assert_array_equal(decoded, np.where(indices[..., None] == 1, [0.0, 1.0, 0.0], 0.0))


@pytest.mark.parametrize(("dtype", "bright"), [(np.uint8, 200), (np.uint16, 40000)])
def test_the_transparent_level_of_a_gray_png_is_black(
    tmp_path: Path, dtype: type[np.unsignedinteger], bright: int
) -> None:
    levels = np.array([[bright, bright // 2]], dtype=dtype)
    decoded = decode(saved(tmp_path, Image.fromarray(levels), transparency=bright))
    np.testing.assert_allclose(decoded[..., 0], [[0.0, bright // 2 / np.iinfo(dtype).max]], rtol=1e-6)


@pytest.mark.parametrize(("mode", "suffix"), [("CMYK", ".tif"), ("CMYK", ".jpg"), ("YCbCr", ".tif"), ("YCbCr", ".jpg")])
def test_other_colour_spaces_become_rgb_as_pillow_converts_them(tmp_path: Path, mode: str, suffix: str) -> None:
    path = saved(tmp_path, Image.fromarray(RGB).convert(mode), suffix)
    with Image.open(path) as image:
        expected = np.asarray(image.convert("RGB")) / 255
    np.testing.assert_allclose(decode(path), expected, atol=1e-7)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("pixels", [GRAY, RGB, GRAY.astype(np.uint16) * 257], ids=["gray", "rgb", "16-bit"])
def test_exif_orientation_is_undone(tmp_path: Path, orientation: int, pixels: NDArray[np.unsignedinteger]) -> None:
    as_stored = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: np.swapaxes(pixels, 0, 1),
        6: np.rot90(pixels, 1),
        7: np.swapaxes(pixels[::-1, ::-1], 0, 1),
        8: np.rot90(pixels, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, Image.fromarray(np.ascontiguousarray(as_stored)), exif=exif)
    upright = pixels.reshape(2, 3, -1) / np.iinfo(pixels.dtype).max
    np.testing.assert_allclose(decode(path), upright, atol=1e-6)


def test_of_several_frames_the_first_is_read(tmp_path: Path) -> None:
    first, second = Image.new("L", (4, 4), 255), Image.new("L", (4, 4), 0)
    path = saved(tmp_path, first, ".tif", save_all=True, append_images=[second])
    assert decode(path).min() == 1.0


@pytest.mark.filterwarnings("ignore:Truncated File Read")
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".gif", ".tif", ".webp"])
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused_by_name_in_one_line(tmp_path: Path, suffix: str, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = saved(tmp_path, Image.fromarray(noise), suffix)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DataError) as caught:
        decode(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_text_named_png_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    path.write_text("not an image")
    with pytest.raises(DataError, match=r"image\.png"):
        decode(path)


@given(content=st.binary(max_size=200), position=st.integers(0, 10_000))
def test_damage_anywhere_decodes_or_is_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, position: int
) -> None:
    whole = io.BytesIO()
    Image.fromarray(RGB).resize((32, 32)).save(whole, format="PNG")
    at = position % len(whole.getvalue())
    path = tmp_path_factory.getbasetemp() / "damaged.png"
    path.write_bytes(whole.getvalue()[:at] + content + whole.getvalue()[at + len(content) :])
    try:
        decoded = decode(path)
    except DataError:
        return
    assert decoded.min() >= 0.0
    assert decoded.max() <= 1.0


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [9_460, 14_000])
def test_a_decompression_bomb_is_refused_by_name(tmp_path: Path, side: int) -> None:
    assert side * side > MAX_PIXELS
    path = saved(tmp_path, Image.new("1", (side, side)))
    with pytest.raises(DataError, match=rf"at most {MAX_PIXELS} pixels.*image\.png"):
        decode(path)


@given(shape=SHAPES, target=SHAPES, level=st.floats(0, 1, width=32), channels=st.sampled_from([1, 3]))
def test_a_flat_picture_stays_flat_at_any_size(
    shape: tuple[int, int], target: tuple[int, int], level: float, channels: int
) -> None:
    fitted = fit(np.full((*shape, channels), level, dtype=np.float32), (*target, channels))
    assert fitted.shape == (*target, channels)
    assert fitted.dtype == np.float32
    np.testing.assert_allclose(fitted, level, atol=1e-6)


@given(pixels=npst.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30))), target=SHAPES)
def test_resizing_agrees_with_pillows_own_on_8_bits(pixels: NDArray[np.uint8], target: tuple[int, int]) -> None:
    height, width = target
    expected = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)) / 255
    fitted = fit(pixels.astype(np.float32)[..., np.newaxis] / np.float32(255), (height, width, 1))
    # Pillow rounds 8-bit images after each of its two passes.
    np.testing.assert_allclose(fitted[..., 0], expected, atol=1.05 / 255)


def test_shrinking_averages_the_whole_footprint() -> None:
    checkerboard = np.indices((64, 64)).sum(axis=0) % 2
    fitted = fit(checkerboard.astype(np.float32)[..., np.newaxis], (4, 4, 1))
    np.testing.assert_allclose(fitted, 0.5, atol=0.01)


@given(pixels=npst.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_colour_becomes_gray_by_pillows_luma(pixels: NDArray[np.uint8]) -> None:
    expected = np.asarray(Image.fromarray(pixels).convert("L")) / 255
    gray = fit(pixels.astype(np.float32) / np.float32(255), (*pixels.shape[:2], 1))
    np.testing.assert_allclose(gray[..., 0], expected, atol=0.51 / 255)


@given(pixels=npst.arrays(np.float32, (5, 6, 1), elements=st.floats(0, 1, width=32)))
def test_gray_becomes_colour_by_repetition(pixels: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(fit(pixels, (5, 6, 3)), np.repeat(pixels, 3, axis=2))


def test_levels_finer_than_8_bits_survive_resizing(tmp_path: Path) -> None:
    deep = np.full((8, 8), 30000, dtype=np.uint16)
    deep[:, 4:] += 3
    fitted = fit(decode(saved(tmp_path, Image.fromarray(deep))), (4, 4, 1))
    assert fitted[0, 3, 0] - fitted[0, 0, 0] == pytest.approx(3 / 65535, rel=0.01)


def test_a_picture_with_a_side_that_cannot_be_shrunk_is_refused_by_name(tmp_path: Path) -> None:
    Image.new("L", (65_536, 1)).save(tmp_path / "row.png")
    with pytest.raises(DataError, match=r"at most 65535 pixels per side; .*row\.png has 65536; shrink"):
        read_metadata(tmp_path / "row.png")
    Image.new("L", (65_535, 1)).save(tmp_path / "row.png")
    assert fit(decode(tmp_path / "row.png"), (4, 4, 1)).shape == (4, 4, 1)
