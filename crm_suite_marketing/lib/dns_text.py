"""Ask a name server for TXT records (RFC 1035), over UDP, with a time-out. No Odoo.

Odoo brings no library for it, and the check of a sender needs no more.
"""

import re
import secrets
import socket
import struct
from pathlib import Path

TXT, INTERNET = 16, 1
MAX_REPLY = 4096


class NoAnswer(Exception):
    """The name server said nothing, or nothing that can be read."""


def get_server(path: str = "/etc/resolv.conf") -> str | None:
    """Return the first name server of the machine."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"^\s*nameserver\s+([0-9a-fA-F.:]+)", text, re.MULTILINE)
    return found[1] if found else None


def lookup(name: str, server: str, timeout: float = 1.0, port: int = 53) -> list[str]:
    """Return the texts of a name; none if it has none.

    :raise NoAnswer: also when the name is no name
    """
    number = secrets.randbelow(1 << 16)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    try:
        question = make_question(name, number)
        with socket.socket(family, socket.SOCK_DGRAM) as connection:
            connection.settimeout(timeout)
            # connected: answers of others do not arrive
            connection.connect((server, port))
            connection.send(question)
            return read_answer(connection.recv(MAX_REPLY), number)
    except (OSError, UnicodeError, ValueError) as error:
        raise NoAnswer(name) from error


def make_question(name: str, number: int) -> bytes:
    labels = [
        label.encode("idna") if not label.isascii() else label.encode()
        for label in name.rstrip(".").split(".")
    ]
    if any(not 0 < len(label) < 64 for label in labels):
        raise ValueError(name)
    packed = b"".join(bytes([len(label)]) + label for label in labels)
    if len(packed) > 254:
        raise ValueError(name)
    # one question, recursion wanted; the last record says how long an answer may be
    header = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 1)
    size = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)
    return header + packed + b"\0" + struct.pack(">HH", TXT, INTERNET) + size


def read_answer(data: bytes, number: int) -> list[str]:
    """:raise NoAnswer: for what is cut off, of another question, or an error of the server"""
    try:
        found, flags, questions, answers = struct.unpack_from(">HHHH", data)
        code = flags & 0xF
        # cut off, or not an answer; 3: there is no such name
        if found != number or not flags & 0x8000 or flags & 0x0200 or code not in (0, 3):
            raise NoAnswer(code)
        place = 12
        for _question in range(questions):
            place = _skip_name(data, place) + 4
        texts = []
        for _answer in range(answers):
            place = _skip_name(data, place)
            kind, _class, _ttl, length = struct.unpack_from(">HHIH", data, place)
            place += 10
            if place + length > len(data):
                raise NoAnswer("short")
            if kind == TXT:
                texts.append(_read_text(data[place : place + length]))
            place += length
    except (struct.error, IndexError) as error:
        raise NoAnswer("short") from error
    return texts


def _skip_name(data, place):
    while data[place]:
        if data[place] & 0xC0:
            return place + 2
        place += data[place] + 1
    return place + 1


def _read_text(data):
    pieces, place = [], 0
    while place < len(data):
        size = data[place]
        pieces.append(data[place + 1 : place + 1 + size])
        place += size + 1
    return b"".join(pieces).decode(errors="replace")
