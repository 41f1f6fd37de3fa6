# SPDX-License-Identifier: GPL-2.0-or-later
"""A file of events as a later version might write it. Usage: change.py HOW IN OUT

kind N, version N   the first event gets this kind or version
option              each packet gets an option that nobody has heard of
block               there is a block of an unknown type before each packet
"""
import struct
import sys

EVENT = b"smcx.event"


def blocks(data):
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield kind, data[at : at + length]
        at += length


def block(kind, body):
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def start_of_event(packet):
    """After the tags: 2 bytes each of number and length, and the end is number 0."""
    at = packet.index(EVENT) - 4
    while True:
        tag, length = struct.unpack_from(">HH", packet, at)
        at += 4 + length
        if tag == 0:
            return at


def with_option(packet):
    captured = struct.unpack_from("<I", packet, 20)[0]
    at = 28 + (captured + 3) // 4 * 4
    return block(6, packet[8:at] + struct.pack("<HH4s", 0x7ABC, 4, b"new!") + packet[at:-4])


def main():
    how, value, files = sys.argv[1], 0, sys.argv[2:]
    if how in ("kind", "version"):
        value, files = int(files[0]), files[1:]
    changed, out = False, b""
    for kind, bytes_ in blocks(open(files[0], "rb").read()):
        if kind == 6 and how in ("kind", "version") and not changed:
            at = start_of_event(bytes_) + (how == "kind")
            bytes_ = bytes_[:at] + bytes([value]) + bytes_[at + 1 :]
            changed = True
        elif kind == 6 and how == "option":
            bytes_ = with_option(bytes_)
        elif kind == 6 and how == "block":
            bytes_ = block(0x0BADF00D, b"a block of tomorrow.") + bytes_
        out += bytes_
    open(files[1], "wb").write(out)


main()
