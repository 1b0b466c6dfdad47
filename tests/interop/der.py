"""Just enough DER to look into a bundle without the library that wrote it."""


class Element:
    """tag, body (bytes); element[n] is the n-th element inside, an OCTET STRING being entered like a SEQUENCE."""

    def __init__(self, tag, body):
        self.tag, self.body = tag, body

    def __getitem__(self, index):
        return read_all(self.body)[index]

    def __len__(self):
        return len(read_all(self.body))

    def oid(self):
        assert self.tag == 0x06, f"tag {self.tag:#x} is no OBJECT IDENTIFIER"
        arcs, arc = [self.body[0] // 40, self.body[0] % 40], 0
        for octet in self.body[1:]:
            arc = arc << 7 | octet & 0x7F
            if octet < 0x80:
                arcs.append(arc)
                arc = 0
        return ".".join(map(str, arcs))

    def integer(self):
        assert self.tag == 0x02, f"tag {self.tag:#x} is no INTEGER"
        return int.from_bytes(self.body, "big", signed=True)

    def octets(self):
        assert self.tag == 0x04, f"tag {self.tag:#x} is no OCTET STRING"
        return self.body


def _read(data):
    tag, length, head = data[0], data[1], 2
    if length > 0x80:
        head += length & 0x7F
        length = int.from_bytes(data[2:head], "big")
    assert len(data) >= head + length, "cut off"
    return Element(tag, data[head : head + length]), data[head + length :]


def read_all(data):
    elements = []
    while data:
        element, data = _read(data)
        elements.append(element)
    return elements


def read(data):
    element, rest = _read(data)
    assert not rest, f"{len(rest)} octets behind the end"
    return element
