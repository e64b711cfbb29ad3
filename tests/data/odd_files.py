"""Bad and odd image files, made on the spot. Each maker writes one file into a folder and returns its name."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Maker = Callable[[Path], str]

_PIXELS = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
_COLOUR = Image.fromarray(_PIXELS)
_GRAY = Image.fromarray(_PIXELS[..., 0])


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def content(name: str, data: bytes) -> Maker:
    def make(folder: Path) -> str:
        (folder / name).write_bytes(data)
        return name

    return make


def image(name: str, picture: Image.Image, **options: Any) -> Maker:
    def make(folder: Path) -> str:
        picture.save(folder / name, **options)
        return name

    return make


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes, *, depth: int = 8, colour: int = 0, more: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [png_chunk(b"IHDR", header), more, png_chunk(b"IDAT", zlib.compress(data)), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _flipped(data: bytes, at: float) -> bytes:
    place = int(len(data) * at)
    return data[:place] + bytes(255 - value for value in data[place : place + 8]) + data[place + 8 :]


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def _link(target: str) -> Maker:
    def make(folder: Path) -> str:
        (folder / "link.png").symlink_to(target)
        return "link.png"

    return make


def _loop(folder: Path) -> str:
    (folder / "loop.png").symlink_to("loop.png")
    return "loop.png"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe.png")
    return "pipe.png"


def _folder(folder: Path) -> str:
    (folder / "folder.png").mkdir()
    return "folder.png"


def _bytes_name(folder: Path) -> str:
    path = os.fsencode(folder) + b"/caf\xe9.png"
    Path(os.fsdecode(path)).write_bytes(encoded(_GRAY, "PNG"))
    return "caf\\udce9.png"


def _outside(folder: Path) -> str:
    outside = folder.parent.parent / "outside.png"
    outside.write_bytes(encoded(_GRAY, "PNG"))
    (folder / "link.png").symlink_to(outside)
    return "link.png"


_JPEG, _PNG, _GIF = encoded(_COLOUR, "JPEG"), encoded(_COLOUR, "PNG"), encoded(_COLOUR, "GIF")
_TIFF, _BMP, _WEBP = encoded(_COLOUR, "TIFF"), encoded(_COLOUR, "BMP"), encoded(_COLOUR, "WEBP")
_BOMB = png(30_000, 30_000, b"")
_FRAMES = [_GRAY, _GRAY.rotate(90), _GRAY.rotate(180)]

BAD: dict[str, Maker] = {
    "zero bytes": content("empty.png", b""),
    "one byte": content("one.jpg", b"\xff"),
    "text called png": content("text.png", b"this is no picture\n"),
    "html called jpg": content("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>"),
    "svg called png": content("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "pdf called jpg": content("paper.jpg", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    "postscript": content("drawing.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"),
    "zip called png": content("archive.png", b"PK\x03\x04" + bytes(60)),
    "random bytes": content("noise.png", np.random.default_rng(1).bytes(500)),
    "a DICOM file": content("film.dcm", bytes(128) + b"DICM" + bytes(60)),
    "JPEG cut after its header": content("cut.jpg", _JPEG[:200]),
    "JPEG cut in its pixels": content("cut.jpg", _JPEG[: len(_JPEG) * 3 // 4]),
    "JPEG start only": content("start.jpg", b"\xff\xd8\xff\xe0"),
    "PNG cut in its pixels": content("cut.png", _PNG[: len(_PNG) // 2]),
    "PNG signature only": content("signature.png", _PNG[:8]),
    "PNG without pixels": content("hollow.png", png(20, 20, b"")),
    "PNG with a wrong checksum": content("checksum.png", _flipped(_PNG, 0.5)),
    "PNG of no width": content("flat.png", png(0, 20, b"")),
    "PNG of an impossible depth": content("depth.png", png(4, 4, bytes(20), depth=7)),
    "PNG with a text bomb": content(
        "text-bomb.png", png(4, 4, bytes(20), more=png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(80_000_000))))
    ),
    "GIF cut": content("cut.gif", _GIF[:40]),
    "TIFF cut": content("cut.tif", _TIFF[: len(_TIFF) // 3]),
    "TIFF of no pages": content("none.tif", b"II*\0\0\0\0\0"),
    "BMP cut": content("cut.bmp", _BMP[:200]),
    "WEBP cut": content("cut.webp", _WEBP[: len(_WEBP) // 2]),
    "decompression bomb": content("bomb.png", _BOMB),
    "bomb of one row": content("row.png", png(100_000_000, 1, b"")),
    "32-bit gray beyond 16 bits": image("deep.tif", Image.fromarray(np.full((9, 9), 70_000, np.int32))),
    "negative 32-bit gray": image("negative.tif", Image.fromarray(np.full((9, 9), -1, np.int32))),
    "floating point beyond 1": image("float.tif", Image.fromarray(np.full((9, 9), 1.5, np.float32))),
    "floating point without numbers": image("nan.tif", Image.fromarray(np.full((9, 9), np.nan, np.float32))),
    "a link to itself": _loop,
    "a link to nothing": _link("nothing.png"),
    "a link out of the folder": _outside,
    "a link to a device": _link("/dev/zero"),
    "a named pipe": _pipe,
    "a folder": _folder,
    "a name that is no UTF-8": _bytes_name,
}
"""Kinds of file that cannot be used."""

_TRANSPARENT = Image.fromarray(np.dstack([_PIXELS, _PIXELS[..., 0]]))
_PALETTE = _COLOUR.quantize(8)

ODD: dict[str, tuple[Maker, tuple[int, int, int]]] = {
    "1x1": (image("point.png", Image.new("L", (1, 1), 9)), (1, 1, 1)),
    "30000x1": (image("row.png", Image.new("L", (30_000, 1), 9)), (1, 30_000, 1)),
    "1x30000": (image("column.png", Image.new("RGB", (1, 30_000))), (30_000, 1, 3)),
    "1 bit": (image("bits.png", _GRAY.convert("1")), (24, 20, 1)),
    "16-bit gray PNG": (image("deep.png", Image.fromarray(_PIXELS[..., 0].astype(np.uint16) * 257)), (24, 20, 1)),
    "16-bit gray TIFF": (image("deep.tif", Image.fromarray(_PIXELS[..., 0].astype(np.uint16) * 257)), (24, 20, 1)),
    "32-bit gray": (image("int.tif", Image.fromarray(_PIXELS[..., 0].astype(np.int32))), (24, 20, 1)),
    "floating point": (image("float.tif", Image.fromarray(_PIXELS[..., 0].astype(np.float32) / 255)), (24, 20, 1)),
    "CMYK": (image("print.jpg", _COLOUR.convert("CMYK")), (24, 20, 3)),
    "YCbCr": (image("video.tif", _COLOUR.convert("YCbCr")), (24, 20, 3)),
    "Lab": (image("lab.tif", Image.merge("LAB", _COLOUR.split())), (24, 20, 3)),
    "palette": (image("palette.png", _PALETTE), (24, 20, 3)),
    "palette with transparency": (image("clear.png", _PALETTE, transparency=0), (24, 20, 3)),
    "gray with alpha": (image("veil.png", _GRAY.convert("LA")), (24, 20, 1)),
    "colour with alpha": (image("veil.png", _TRANSPARENT), (24, 20, 3)),
    "transparent WEBP": (image("veil.webp", _TRANSPARENT, lossless=True), (24, 20, 3)),
    "animated GIF": (image("film.gif", _FRAMES[0], save_all=True, append_images=_FRAMES[1:]), (24, 20, 3)),
    "animated PNG": (image("film.png", _FRAMES[0], save_all=True, append_images=_FRAMES[1:]), (24, 20, 1)),
    "multi-page TIFF": (image("pages.tif", _FRAMES[0], save_all=True, append_images=_FRAMES[1:]), (24, 20, 1)),
    "EXIF-rotated": (image("turned.jpg", _COLOUR, exif=_exif(6)), (20, 24, 3)),
    "EXIF-mirrored": (image("mirrored.jpg", _COLOUR, exif=_exif(2)), (24, 20, 3)),
    "EXIF of nonsense": (image("odd.jpg", _COLOUR, exif=b"Exif\0\0nonsense"), (24, 20, 3)),
    "JPEG called png": (content("photo.png", _JPEG), (24, 20, 3)),
    "PNG called jpg": (content("photo.jpg", _PNG), (24, 20, 3)),
    "no suffix": (content("photo", _PNG), (24, 20, 3)),
    "upper-case suffix": (content("PHOTO.JPG", _JPEG), (24, 20, 3)),
    "progressive JPEG": (image("slow.jpg", _COLOUR, progressive=True), (24, 20, 3)),
    "gray JPEG": (image("gray.jpg", _GRAY), (24, 20, 1)),
    "JPEG 2000": (image("wavelet.jp2", _COLOUR), (24, 20, 3)),
    "BMP": (content("bitmap.bmp", _BMP), (24, 20, 3)),
    "PGM": (image("plain.pgm", _GRAY), (24, 20, 1)),
    "interlaced bytes after the end": (content("trailing.png", _PNG + b"more" * 100), (24, 20, 3)),
    "JPEG with bytes after the end": (content("trailing.jpg", _JPEG + bytes(100)), (24, 20, 3)),
    "compressed TIFF": (image("packed.tif", _COLOUR, compression="tiff_lzw"), (24, 20, 3)),
    "a very long name": (content("x" * 250 + ".png", _PNG), (24, 20, 3)),
    "spaces and quotes in the name": (content("a 'b' \"c\", d;.png", _PNG), (24, 20, 3)),
    "another script in the name": (content("снимок-胸.png", _PNG), (24, 20, 3)),
    "a line break in the name": (content("two\nlines.png", _PNG), (24, 20, 3)),
    "a dollar and braces in the name": (content("$HOME {x} %s.png", _PNG), (24, 20, 3)),
    "a link within the folder": (_link("0.png"), (9, 7, 1)),
}
"""Kinds of file that can be used, and the shape they decode to."""
