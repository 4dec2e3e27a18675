"""A confusion matrix as a PNG picture, without a plotting library.

A matrix of counts is squares, digits and labels. They are drawn here pixel by pixel, in a font of
3 × 5 dots, and packed with zlib, so that a picture for a report costs no heavy dependency.
Source of the file format: W3C, "Portable Network Graphics (PNG) Specification", chapters 5, 9, 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

# Each letter is five rows of three dots, a row is one octal digit (4 left, 2 middle, 1 right).
FONT = {
    **{
        str(n): rows
        for n, rows in enumerate(
            [
                "75557",
                "26227",
                "71747",
                "71717",
                "55711",
                "74717",
                "74757",
                "71111",
                "75757",
                "75717",
            ]
        )
    },
    **dict(
        zip(
            "abcdefghijklmnopqrstuvwxyz",
            [
                "25755",
                "65656",
                "34443",
                "65556",
                "74647",
                "74644",
                "34553",
                "55755",
                "72227",
                "11152",
                "55655",
                "44447",
                "57755",
                "65555",
                "25552",
                "65644",
                "25563",
                "65655",
                "34216",
                "72222",
                "55557",
                "55552",
                "55775",
                "55255",
                "55222",
                "71247",
            ],
            strict=True,
        )
    ),
    "_": "00007",
    " ": "00000",
}
SCALE = 3  # pixels to a dot
LETTER = 4 * SCALE  # pixels from one letter to the next
CELL = 48  # pixels
EDGE = 12

INK, PAPER = (34, 40, 49), (255, 255, 255)
RIGHT, WRONG = (38, 112, 84), (176, 58, 46)


class Picture:
    """Pixels in rows, white at first."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray(bytes(PAPER) * width) for _ in range(height)]

    def box(self, x: int, y: int, width: int, height: int, colour: tuple[int, int, int]) -> None:
        """Fill a rectangle; what lies outside of the picture is left out."""
        x, width = max(0, x), min(width, self.width - max(0, x))
        for row in self.rows[max(0, y) : y + height]:
            row[3 * x : 3 * (x + width)] = bytes(colour) * width

    def write(
        self, x: int, y: int, text: str, colour: tuple[int, int, int], *, up: bool = False
    ) -> None:
        """Write a line from its top left; `up`: turned to the left, from its bottom left."""
        for place, letter in enumerate(text.lower()):
            for down, row in enumerate(FONT.get(letter, FONT[" "])):
                for right in range(3):
                    if int(row, 8) & 4 >> right:
                        along, below = place * LETTER + right * SCALE, down * SCALE
                        where = (x + below, y - along) if up else (x + along, y + below)
                        self.box(*where, SCALE, SCALE, colour)

    def png(self) -> bytes:
        """The picture as the bytes of a file."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in self.rows), 9)
        parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _shade(share: float, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """From paper to colour."""
    red, green, blue = (round(p + (c - p) * share) for p, c in zip(PAPER, colour, strict=True))
    return red, green, blue


def matrix(
    names: Sequence[str], counts: Mapping[tuple[str, str], int], rows: str, columns: str
) -> bytes:
    """A PNG of `counts` by (row, column); `rows` and `columns` say what they are.

    A cell is the darker the greater its share of its row; agreement is green, the rest red.
    """
    label = max(len(word) for word in (*names, rows)) * LETTER
    left = top = 2 * EDGE + label
    size = len(names) * CELL
    drawn = Picture(left + size + EDGE, top + 3 * EDGE + size)
    drawn.write(EDGE, top - 2 * EDGE, rows, WRONG)
    drawn.write(left, top + size + EDGE, columns, WRONG)
    for i, name in enumerate(names):
        middle = (CELL - 5 * SCALE) // 2
        drawn.write(EDGE, top + i * CELL + middle, name, INK)
        drawn.write(left + i * CELL + middle, top - EDGE, name, INK, up=True)
        whole = sum(counts.get((name, other), 0) for other in names)
        for k, other in enumerate(names):
            count = counts.get((name, other), 0)
            share = 0.15 + 0.85 * count / whole if count else 0.0
            x, y = left + k * CELL, top + i * CELL
            drawn.box(x + 1, y + 1, CELL - 2, CELL - 2, (226, 230, 235))
            drawn.box(x + 2, y + 2, CELL - 4, CELL - 4, _shade(share, RIGHT if i == k else WRONG))
            if count:
                start = x + (CELL - len(str(count)) * LETTER + SCALE) // 2
                drawn.write(start, y + middle, str(count), PAPER if share > 0.5 else INK)
    return drawn.png()
