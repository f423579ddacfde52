"""TN3270 as a host speaks it: telnet (RFC 854, 885, 1091, 1576) and the 3270 data stream.

Orders, attributes and addresses are those of IBM's *3270 Data Stream Programmer's Reference*
(GA23-0059). A display is sent whole; what comes back are the fields that were modified. Extended
attributes, TN3270E and screens other than 24 x 80 are not spoken: they are refused, or not offered.
"""

from __future__ import annotations

import asyncio

from sandbox.targets.green import COLUMNS, MESSAGE_ROW, Display, Keyed

#: EBCDIC of the United States and Canada: all of Latin-1, and so no « œ » and no « ’ ».
CODE_PAGE = "cp037"

# Telnet.
IAC, DONT, DO, WONT, WILL, SB, SE, EOR = 255, 254, 253, 252, 251, 250, 240, 239
BINARY, TERMINAL_TYPE, END_OF_RECORD = 0, 24, 25
SEND, IS = 1, 0
REFUSAL = {WILL: WONT, DO: DONT}

# 3270: commands, orders, and the bits of a write control character and of a field's attribute.
WRITE, ERASE_WRITE = 0xF1, 0xF5
SBA, SF, IC, RA = 0x11, 0x1D, 0x13, 0x3C
RESET_MDT, RESTORE = 0x01, 0x02
PROTECTED, NUMERIC, INTENSIFIED, HIDDEN = 0x20, 0x10, 0x08, 0x0C

#: The six bits of an address, an attribute or a control character → the byte that carries them.
SIX = bytes.fromhex(
    "40c1c2c3c4c5c6c7c8c94a4b4c4d4e4f50d1d2d3d4d5d6d7d8d95a5b5c5d5e5f"
    "6061e2e3e4e5e6e7e8e96a6b6c6d6e6ff0f1f2f3f4f5f6f7f8f97a7b7c7d7e7f"
)
#: Attention identifiers.
FUNCTION_KEYS = bytes.fromhex("f1f2f3f4f5f6f7f8f97a7b7cc1c2c3c4c5c6c7c8c94a4b4c")
KEYS = {0x7D: "ENTER", 0x6D: "CLEAR", 0x6C: "PA1", 0x6E: "PA2", 0x6B: "PA3"} | {
    code: f"F{number}" for number, code in enumerate(FUNCTION_KEYS, 1)
}


def held(text: str) -> str:
    """``text`` as such a host was given it, its ligatures in two letters."""
    return text.replace("œ", "oe").replace("Œ", "OE")


def host_bytes(text: str) -> bytes:
    """``text`` in the host's code page, a substitute for each sign it lacks."""
    return text.encode(CODE_PAGE, "replace")


def address(row: int, column: int) -> bytes:
    """A position (both count from 1) as a 12-bit address."""
    place = (row - 1) * COLUMNS + column - 1
    return bytes((SIX[place >> 6], SIX[place & 63]))


def position(sent: bytes) -> tuple[int, int]:
    """The row and column of a 12-bit address, or of a 14-bit one (its two first bits are zero)."""
    high, low = sent[0] & 0x3F, sent[1]
    place = high << 8 | low if sent[0] & 0xC0 == 0 else high << 6 | low & 0x3F
    row, column = divmod(place, COLUMNS)
    return row + 1, column + 1


def written(display: Display) -> bytes:
    """``display`` as an Erase/Write that gives the keyboard back, the cursor in its first field."""
    out = bytearray((ERASE_WRITE, SIX[RESTORE | RESET_MDT]))
    out += bytes((SBA,)) + address(1, 1) + bytes((SF, SIX[PROTECTED]))
    for row, line in enumerate(display.rows, 1):
        text = line.rstrip()
        for column, sign in enumerate(text, 1):
            if sign != " " and (column == 1 or text[column - 2] == " "):
                end = text.find("  ", column)
                out += _placed(row, column, text[column - 1 : end if end > 0 else None])
    for row, column, length in display.bright:
        out += _field(row, column, length, PROTECTED | INTENSIFIED)
        out += host_bytes(display.rows[row - 1][column - 1 : column - 1 + length])
    for number, field in enumerate(display.fields.values()):
        attribute = NUMERIC * field.numeric | HIDDEN * field.hidden
        out += _field(field.row, field.column, field.length, attribute)
        out += bytes((IC,)) if number == 0 else b""
        out += host_bytes(field.text[: field.length])
        if len(field.text) < field.length:
            end = field.column + field.length
            out += bytes((RA,)) + address(field.row, end) + b"\0"
    return bytes(out)


def told(message: str) -> bytes:
    """A Write of the message line that leaves all else, the locked keyboard too, as it is."""
    return bytes((WRITE, SIX[0])) + _placed(MESSAGE_ROW, 2, message.ljust(COLUMNS - 2))


def _placed(row: int, column: int, text: str) -> bytes:
    return bytes((SBA,)) + address(row, column) + host_bytes(text)


def _field(row: int, column: int, length: int, attribute: int) -> bytes:
    """A field's attribute before it and the protected one after it; then the field's own start.

    Attributes take a position each. The one after does not skip: too long a text locks the
    keyboard there.
    """
    after, before = (column + length, PROTECTED), (column - 1, attribute)
    return b"".join(
        bytes((SBA,)) + address(row, at) + bytes((SF, SIX[bits]))
        for at, bits in (after, before)
        if 1 <= at <= COLUMNS
    )


def keyed(record: bytes, display: str) -> Keyed:
    """What a terminal sent from ``display``: the key, and the fields typed over.

    Raises ``ValueError`` for what no terminal sends.
    """
    if not record or record[0] not in KEYS:
        raise ValueError("no attention key")
    if len(record) < 3:  # Clear and the PA keys send nothing else
        return Keyed(key=KEYS[record[0]], cursor=(1, 1), display=display)
    fields, at = [], 3
    while at < len(record):
        if record[at] != SBA or len(record) < at + 3:
            raise ValueError("no address where a field begins")
        end = record.find(SBA, at + 3)  # no sign of a text has this code
        end = len(record) if end < 0 else end
        text = record[at + 3 : end].replace(b"\0", b"").decode(CODE_PAGE)
        fields.append((*position(record[at + 1 : at + 3]), text))
        at = end
    return Keyed(key=KEYS[record[0]], cursor=position(record[1:3]), display=display, fields=fields)


class Line:
    """A telnet connection with a terminal, in records."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.terminal = ""

    async def negotiate(self) -> None:
        """Ask what terminal it is, then for records of binary data both ways.

        Raises ``ConnectionError`` when it is no 3270 or will not have that.
        """
        await self._send(bytes((IAC, DO, TERMINAL_TYPE)))
        await self._granted((WILL, TERMINAL_TYPE))
        await self._send(bytes((IAC, SB, TERMINAL_TYPE, SEND, IAC, SE)))
        while not self.terminal:
            await self._command()
        if not self.terminal.startswith("IBM-327"):
            raise ConnectionError("not a 3270")
        both = ((DO, END_OF_RECORD), (WILL, END_OF_RECORD), (DO, BINARY), (WILL, BINARY))
        await self._send(b"".join(bytes((IAC, *asked)) for asked in both))
        await self._granted(*((WILL if verb == DO else DO, option) for verb, option in both))

    async def write(self, data: bytes) -> None:
        """Send one record."""
        await self._send(data.replace(b"\xff", b"\xff\xff") + bytes((IAC, EOR)))

    async def read(self) -> bytes:
        """The next record. Raises ``EOFError`` when the terminal has hung up."""
        record = bytearray()
        while True:
            byte = await self._byte()
            if byte != IAC:
                record.append(byte)
                continue
            match await self._byte():
                case 255:  # IAC twice is the byte itself
                    record.append(IAC)
                case 239:  # EOR
                    return bytes(record)
                case verb:
                    await self._obey(verb)

    def hang_up(self) -> None:
        self._writer.close()

    async def _granted(self, *wanted: tuple[int, int]) -> None:
        missing = set(wanted)
        while missing:
            answer = await self._command()
            if answer in {(REFUSAL[verb], option) for verb, option in missing}:
                raise ConnectionError("the terminal refuses")
            missing.discard(answer)

    async def _command(self) -> tuple[int, int]:
        if await self._byte() != IAC:
            raise ConnectionError("data before the end of the negotiation")
        return await self._obey(await self._byte())

    async def _obey(self, verb: int) -> tuple[int, int]:
        """Take in the rest of a telnet command; refuse whatever option is not ours."""
        if verb == SB:
            option = await self._byte()
            told = await self._reader.readuntil(bytes((IAC, SE)))
            if option == TERMINAL_TYPE and told[0] == IS:
                self.terminal = told[1:-2].decode("ascii", "replace")
            return SB, option
        if verb not in (DO, DONT, WILL, WONT):
            return verb, 0
        option = await self._byte()
        if verb in (DO, WILL) and option not in (BINARY, TERMINAL_TYPE, END_OF_RECORD):
            await self._send(bytes((IAC, WONT if verb == DO else DONT, option)))
        return verb, option

    async def _byte(self) -> int:
        return (await self._reader.readexactly(1))[0]

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
