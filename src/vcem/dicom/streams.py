"""Code streams taken apart and put together again from the parts that a picture needs, and from nothing else.

Comments, application data, boxes, tile comments, pointers, tables that no scan uses, and bytes before and after the
stream are not among them. What is left is bit for bit what it was.
"""

import re
from collections.abc import Iterator

from pydicom.uid import UID, JPEG2000TransferSyntaxes

CODESTREAM = b"\xff\x4f\xff\x51"  # SOC and SIZ (ITU-T T.800 A.4.1, A.5.1)
MOST_BOXES = 4096  # bytes of boxes in front of a stream that was stored as a file
_SOI, _EOI, _SOS, _DQT, _DHT, _DRI, _LSE = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xF8
_FRAMES = {0xC0, 0xC1, 0xC3, 0xF7}  # baseline, extended, lossless, JPEG-LS
_ALONE = {0x01, *range(0xD0, 0xD8)}  # TEM and RST (ITU-T T.81 table B.1)
_UNNEEDED = {0xFE, *range(0xE0, 0xF0)}  # COM, APPn
_AFTER_SCAN = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")  # in a scan FF is followed by 0 (T.87: less than 80) or by RST
_SIZ, _CAP, _COD, _QCD, _SOT, _SOD, _EOC = 0x51, 0x50, 0x52, 0x5C, 0x90, 0x93, 0xD9
_J2K_UNNEEDED = {0x64, 0x63, 0x55, 0x57, 0x58}  # COM, CRG, TLM, PLM, PLT: words, and pointers that would be wrong
_J2K_NEEDED = {_SIZ, _CAP, _COD, _QCD}
_SOT_BYTES = 12
_TEXT = re.compile(rb"[A-Za-z0-9 .,:;^/_-]{14,}")
_UNLIKE = 6  # letters; runs of a flat picture repeat a few


class UnknownPartError(ValueError):
    """A code stream has a part that is not known here, so that nothing tells what it holds."""


def picture_part(stream: bytes, syntax: UID) -> bytes:
    """Return a JPEG, JPEG-LS or JPEG 2000 code stream of one grey image with only what its picture needs.

    Raises:
        UnknownPartError: if it has a part that is not known here.
        ValueError: if it is cut.
    """
    return _j2k_picture(stream) if syntax in JPEG2000TransferSyntaxes else _jpeg_picture(stream)


def jpeg_end(stream: bytes) -> int:
    """Return the place behind the end marker of a JPEG or JPEG-LS stream, whatever follows it.

    Raises:
        ValueError: if there is none: it was cut.
    """
    return list(_segments(stream))[-1][2]


def rle_picture(stream: bytes, size: int) -> bytes:
    """Return a run-length coded frame (PS3.5 annex G) without gaps and rests; each segment holds `size` bytes.

    Raises:
        ValueError: if a segment ends before that.
    """
    count = int.from_bytes(stream[:4], "little")
    starts = [int.from_bytes(stream[4 * i : 4 * i + 4], "little") for i in range(1, min(count, 15) + 1)]
    segments = [stream[start : _packed_end(stream, start, size)] for start in starts]
    places = [64 + sum(map(len, segments[:i])) for i in range(len(segments))]
    head = b"".join(number.to_bytes(4, "little") for number in (len(segments), *places))
    return head.ljust(64, b"\0") + b"".join(segments)


def _packed_end(stream: bytes, place: int, size: int) -> int:
    while size > 0 and place < len(stream):
        head = stream[place]
        literal = head < 128
        size -= head + 1 if literal else 257 - head if head > 128 else 0  # 128 stands for nothing
        place += head + 2 if literal else 2 if head > 128 else 1
    if size or place > len(stream):
        raise ValueError("the run-length code was cut, or a run goes beyond the image")
    return place


def holds_text(stream: bytes) -> bool:
    """Tell whether coded data hold what looks like writing, which coded data do once in a thousand images by chance."""
    return any(len(set(found[0])) >= _UNLIKE for found in _TEXT.finditer(stream))


def coded(stream: bytes, syntax: UID) -> tuple[int, int]:
    """Return where the coded data of a cleaned stream begin and end; the end marker is not among them."""
    if syntax in JPEG2000TransferSyntaxes:
        return stream.index(bytes([0xFF, _SOD])) + 2, len(stream) - 2
    scan = next(start for marker, start, _ in _segments(stream) if marker == _SOS)
    return scan + 10, jpeg_end(stream) - 2


def _segments(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment; a scan ends where its coded data end."""
    place = 2
    while place + 2 <= len(stream) and stream[place] == 0xFF:
        marker = stream[place + 1]
        if marker == 0xFF:  # fill
            place += 1
            continue
        end = place + 2
        if marker not in _ALONE and marker not in (_SOI, _EOI):
            end += max(2, int.from_bytes(stream[end : end + 2]))
        if marker == _SOS:
            found = _AFTER_SCAN.search(stream, end)
            end = found.start() if found else len(stream)
        yield marker, place, end
        if marker == _EOI:
            return
        place = end
    raise ValueError("the JPEG code stream was cut: it has no end marker")


def _jpeg_picture(stream: bytes) -> bytes:
    if stream[:2] != b"\xff\xd8":
        raise UnknownPartError("the code stream does not begin as JPEG does")
    kept = bytearray(b"\xff\xd8")
    tables: dict[tuple[int, int], bytes] = {}
    quantization = -1
    for marker, start, end in _segments(stream):
        part = stream[start:end]
        if marker in (_DQT, _DHT):
            tables |= _tables(marker, part[4:])
        elif marker in _FRAMES and len(part) == 13 and part[9] == 1:
            kept, quantization = kept + part, part[12]
        elif (marker == _DRI and len(part) == 6) or (marker == _LSE and len(part) == 15 and part[4] == 1):
            kept += part
        elif marker == _SOS and part[2:5] == b"\0\x08\x01":
            return bytes(kept + _used(tables, quantization, part[6]) + part + _rest(stream, end))
        elif marker not in _UNNEEDED:
            raise UnknownPartError(f"the JPEG code stream has a part of its own (marker FF{marker:02X})")
    raise UnknownPartError("the JPEG code stream has no scan of one component")


def _rest(stream: bytes, place: int) -> bytes:
    """Return the end marker; in front of it only what no picture needs may stand."""
    for marker, _, _ in _segments(b"\xff\xd8" + stream[place:]):
        if marker not in {*_UNNEEDED, _EOI}:
            raise UnknownPartError("the JPEG code stream has several scans")
    return b"\xff\xd9"


def _tables(marker: int, content: bytes) -> dict[tuple[int, int], bytes]:
    """Part the tables of a DQT or DHT segment (T.81 B.2.4); a table without a head or with a rest is not known."""
    found: dict[tuple[int, int], bytes] = {}
    while content:
        size = (65 + 64 * (content[0] >> 4)) if marker == _DQT else 17 + sum(content[1:17])
        table = content[:size]
        if len(table) < size or (marker == _DHT and len(set(table[17:])) < len(table) - 17):
            raise UnknownPartError("a table of the JPEG code stream is not one")
        found[marker, content[0] & (0x0F if marker == _DQT else 0x1F)] = table
        content = content[size:]
    return found


def _used(tables: dict[tuple[int, int], bytes], quantization: int, selected: int) -> bytes:
    wanted = ((_DQT, quantization), (_DHT, selected >> 4), (_DHT, 0x10 | selected & 0x0F))
    several = [(marker, tables[marker, name]) for marker, name in wanted if (marker, name) in tables]
    return b"".join(bytes([0xFF, marker]) + (len(table) + 2).to_bytes(2) + table for marker, table in several)


def _j2k_picture(stream: bytes) -> bytes:
    place = stream.find(CODESTREAM, 0, MOST_BOXES)
    if place < 0:
        raise UnknownPartError("the code stream does not begin as JPEG 2000 does")
    head, place = _j2k_head(stream, place + 2, _SOT)
    if not _is_exact(head):
        raise UnknownPartError("the head of the JPEG 2000 code stream holds more than a grey image needs")
    kept = b"\xff\x4f" + b"".join(head.values())
    while stream[place : place + 2] == bytes([0xFF, _SOT]):
        part, place = _tile_part(stream, place)
        kept += part
    if stream[place : place + 2] not in (bytes([0xFF, _EOC]), b""):
        raise UnknownPartError("there is something between the tiles of the JPEG 2000 code stream")
    return kept + bytes([0xFF, _EOC])


def _tile_part(stream: bytes, place: int) -> tuple[bytes, int]:
    """Return a tile-part without comments, and the place behind it."""
    size = int.from_bytes(stream[place + 6 : place + 10])
    end = place + size if size else stream.find(bytes([0xFF, _EOC]), place)
    head, data = _j2k_head(stream, place + _SOT_BYTES, _SOD)
    if head or not data < end <= len(stream):
        raise UnknownPartError("a tile of the JPEG 2000 code stream has no end, or a coding of its own")
    body = stream[data:end]
    start = stream[place : place + 6] + (_SOT_BYTES + len(body)).to_bytes(4) + stream[place + 10 : place + _SOT_BYTES]
    return start + body, end


def _j2k_head(stream: bytes, place: int, last: int) -> tuple[dict[int, bytes], int]:
    """Return the needed segments up to a marker, and the place of that marker."""
    kept: dict[int, bytes] = {}
    while stream[place : place + 1] == b"\xff" and stream[place + 1 : place + 2] != bytes([last]):
        marker, end = stream[place + 1], place + 2 + max(2, int.from_bytes(stream[place + 2 : place + 4]))
        if marker in _J2K_NEEDED and marker not in kept:
            kept[marker] = stream[place:end]
        elif marker not in _J2K_UNNEEDED:
            raise UnknownPartError(f"the JPEG 2000 code stream has a part of its own (marker FF{marker:02X})")
        place = end
    if stream[place : place + 1] != b"\xff":
        raise UnknownPartError("the JPEG 2000 code stream has bytes between its parts, or was cut")
    return kept, place


def _is_exact(head: dict[int, bytes]) -> bool:
    """Tell whether each segment is as long as a grey image needs (T.800 A.5, A.6; T.814 A.3)."""
    if not {_SIZ, _COD, _QCD} <= set(head):
        return False
    cod, style = head[_COD], head[_QCD][4] & 0x1F
    steps = 3 * cod[9] + 1  # sub-bands of so many levels
    wanted = {
        _SIZ: 43,
        _COD: 14 + (cod[9] + 1) * (cod[4] & 1),
        _QCD: 5 + (steps if style == 0 else 2 if style == 1 else 2 * steps),
        _CAP: 8 + 2 * int.from_bytes(head.get(_CAP, b"")[4:8]).bit_count(),
    }
    return all(len(part) == wanted[marker] for marker, part in head.items())
