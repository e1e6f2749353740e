"""SenML JSON and SenML CBOR for tests: values of LwM2M by path.

Written from RFC 8428 (clauses 4, 5 and 6) and RFC 8949 with nothing but the standard library, so that it
shares no mistake with the program under test.
"""

import base64
import json
import struct

SENML_JSON, SENML_CBOR = 110, 112

_LABELS = {"bn": -2, "n": 0, "v": 2, "vs": 3, "vb": 4, "vd": 8, "bt": -3, "t": 6}
_NAMES = {number: name for name, number in _LABELS.items()}


def _label(value):
    if isinstance(value, bool):
        return "vb"
    if isinstance(value, bytes):
        return "vd"
    return "vs" if isinstance(value, str) else "v"


def encode(values, content_format):
    """`values`: [(path, value)]; a value of None leaves a record with a name only."""
    records = []
    for path, value in values:
        record = {"n": path}
        if value is not None:
            record[_label(value)] = value
        records.append(record)
    if content_format == SENML_CBOR:
        return _cbor([{_LABELS[name]: value for name, value in record.items()}
                      for record in records])
    for record in records:
        if "vd" in record:
            record["vd"] = base64.urlsafe_b64encode(record["vd"]).decode().rstrip("=")
    return json.dumps(records).encode()


def decode(octets, content_format):
    """[(path, value or None)]"""
    if content_format == SENML_CBOR:
        records, rest = _read_cbor(octets)
        if rest:
            raise ValueError("octets after the array")
        records = [{_NAMES.get(key, key): value for key, value in record.items()}
                   for record in records]
    else:
        records = json.loads(octets)
        for record in records:
            if "vd" in record:
                record["vd"] = base64.urlsafe_b64decode(record["vd"] + "==")
    base, values = "", []
    for record in records:
        base = record.get("bn", base)
        found = [record[name] for name in ("v", "vs", "vb", "vd") if name in record]
        if len(found) > 1:
            raise ValueError("several values in %r" % record)
        values.append((base + record.get("n", ""), found[0] if found else None))
    return values


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | extra]) + number.to_bytes(size, "big")
    raise ValueError(number)


def _cbor(item):
    if isinstance(item, bool):
        return b"\xf5" if item else b"\xf4"
    if isinstance(item, int):
        return _head(0, item) if item >= 0 else _head(1, -1 - item)
    if isinstance(item, float):
        return b"\xfb" + struct.pack("!d", item)
    if isinstance(item, bytes):
        return _head(2, len(item)) + item
    if isinstance(item, str):
        return _head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return _head(4, len(item)) + b"".join(_cbor(element) for element in item)
    return _head(5, len(item)) + b"".join(_cbor(k) + _cbor(v) for k, v in item.items())


def _read_cbor(octets):
    """(item, what follows it); definite lengths only."""
    major, low = octets[0] >> 5, octets[0] & 31
    if low > 27:
        raise ValueError("indefinite length or reserved")
    size = 0 if low < 24 else 1 << low - 24
    argument, rest = octets[1:1 + size], octets[1 + size:]
    if len(argument) != size:
        raise ValueError("octets are missing")
    if major == 7:
        if low in (20, 21):
            return low == 21, rest
        return struct.unpack({25: "!e", 26: "!f", 27: "!d"}[low], argument)[0], rest
    number = int.from_bytes(argument, "big") if size else low
    if major < 2:
        return (number if major == 0 else -1 - number), rest
    if major in (2, 3):
        if len(rest) < number:
            raise ValueError("octets are missing")
        return (rest[:number] if major == 2 else rest[:number].decode()), rest[number:]
    items = []
    for _ in range(number if major == 4 else 2 * number):
        item, rest = _read_cbor(rest)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), rest
