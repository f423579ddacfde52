"""The host's side of the line: bytes out, bytes in, and what is negotiated before them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.serve import LiveTarget
from sandbox.targets.green import Display, Field
from sandbox.targets.tn3270 import SIX, address, keyed, position, told, written

IAC, DONT, DO, WONT, WILL, SB, SE, EOR = 255, 254, 253, 252, 251, 250, 240, 239


@pytest.mark.parametrize(
    ("place", "sent"),
    # Examples of the Data Stream Reference's address table, for 24 x 80: 0, 79, 80 and 1919.
    [((1, 1), "4040"), ((1, 80), "c14f"), ((2, 1), "c150"), ((24, 80), "5d7f")],
)
def test_a_position_is_a_twelve_bit_address_and_back(place, sent):
    assert address(*place).hex() == sent
    assert position(bytes.fromhex(sent)) == place


def test_an_address_of_fourteen_bits_is_understood_too():
    assert position(bytes((0x00, 0x50))) == (2, 1)


def test_every_six_bits_have_a_byte_of_their_own():
    assert sorted(byte & 0x3F for byte in SIX) == list(range(64))


def test_a_display_is_written_with_its_attributes_around_its_fields():
    display = Display("TEST", "", "")
    display.fields["code"] = Field(8, 30, 6, "É1", numeric=True)
    display.fields["secret"] = Field(9, 30, 6, hidden=True)

    sent = written(display)

    assert sent[:2].hex() == "f5c3"  # Erase/Write: unlock the keyboard, forget modifications
    before, after = address(8, 29), address(8, 36)
    assert b"\x11" + before + b"\x1d" + bytes([SIX[0x10]]) + b"\x13" + b"\x71\xf1" in sent
    assert b"\x11" + after + b"\x1d" + bytes([SIX[0x20]]) in sent
    assert b"\x3c" + after + b"\0" in sent
    assert b"\x11" + address(9, 29) + b"\x1d" + bytes([SIX[0x0C]]) in sent


def test_a_message_alone_leaves_the_keyboard_locked():
    assert told("Un instant")[:2].hex() == "f140"


def test_what_was_typed_over_comes_back_by_position():
    sent = bytes.fromhex("7d4040") + b"\x11" + address(8, 30) + "Lévis".encode("cp037")
    sent += b"\x11" + address(9, 30)

    found = keyed(sent, "TEST")

    assert (found.key, found.cursor) == ("ENTER", (1, 1))
    assert found.fields == [(8, 30, "Lévis"), (9, 30, "")]


@pytest.mark.parametrize(("aid", "key"), [("f3", "F3"), ("7c", "F12"), ("6d", "CLEAR")])
def test_keys_go_by_their_name(aid, key):
    assert keyed(bytes.fromhex(aid), "TEST").key == key


@pytest.mark.parametrize("sent", ["", "00", "7d4040c1", "7d404011c1"])
def test_what_no_terminal_sends_is_refused(sent):
    with pytest.raises(ValueError, match="no a"):
        keyed(bytes.fromhex(sent), "TEST")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[socket.socket]:
    with LiveTarget("cnesst", tmp_path, []) as live:
        host, port = live.url.removeprefix("tn3270://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as line:
            assert line.recv(3) == bytes((IAC, DO, 24))
            yield line


def test_a_terminal_that_is_no_3270_is_hung_up_on(line):
    line.sendall(bytes((IAC, WILL, 24)))
    assert line.recv(6) == bytes((IAC, SB, 24, 1, IAC, SE))

    line.sendall(bytes((IAC, SB, 24, 0)) + b"VT100" + bytes((IAC, SE)))

    assert line.recv(10) == b""


def test_an_option_that_is_not_ours_is_refused(line):
    line.sendall(bytes((IAC, WILL, 40, IAC, WILL, 24)))  # 40: TN3270E

    assert line.recv(3) == bytes((IAC, DONT, 40))


def test_a_3270_gets_the_sign_on_display_in_one_record(line):
    line.sendall(bytes((IAC, WILL, 24, IAC, SB, 24, 0)) + b"IBM-3278-2" + bytes((IAC, SE)))
    grants = (WILL, 25), (DO, 25), (WILL, 0), (DO, 0)
    line.sendall(b"".join(bytes((IAC, *grant)) for grant in grants))

    got, end = b"", time.monotonic() + 5
    while not got.endswith(bytes((IAC, EOR))) and time.monotonic() < end:
        got += line.recv(4096)

    assert "Ouverture de session".encode("cp037") in got
    assert b"\xf5\xc3" in got
