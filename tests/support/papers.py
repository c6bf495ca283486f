"""Small files of every type that evidence may have, and hostile ones."""

import io
import struct
import zipfile
import zlib

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
GIF = (
    b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00\x3b"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\xff\xd9"
TIFF = b"II*\x00\x08\x00\x00\x00\x00\x00"
WEBP = b"RIFF" + struct.pack("<I", 12) + b"WEBPVP8 " + bytes(0) + b"\x00\x00\x00\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "WordDocument".encode("utf-16-le")
OFFICE = "application/vnd.openxmlformats-officedocument."


def png() -> bytes:
    """One white pixel."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\xff")),
        (b"IEND", b""),
    )
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def office(*parts: str, filling: bytes = b"<x/>") -> bytes:
    """An Office file with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("[Content_Types].xml", *parts):
            made.writestr(name, filling)
    return out.getvalue()
