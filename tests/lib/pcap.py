"""Files of captured packets, made and taken apart by the format's description alone."""

import socket
import struct

ETHERNET, RAW, SLL, SLL2 = 1, 101, 113, 276
MAGIC = {False: 0xA1B2C3D4, True: 0xA1B23C4D}  # with nanoseconds?


def udp4(payload, port, offset=0, protocol=17, options=b"", short=0):
    """An IP packet. `offset`: of a later fragment; `short`: bytes that a head promises and the packet lacks."""
    head = 20 + len(options)
    udp = struct.pack(">HHHH", 5000, port, 8 + len(payload) + short, 0)
    return struct.pack(">BBHHHBBH4s4s", 0x40 | head // 4, 0, head + 8 + len(payload), 1, offset, 64, protocol, 0,
                       socket.inet_aton("10.0.0.7"), socket.inet_aton("10.0.0.8")) + options + udp + payload


def udp6(payload, port):
    address = socket.inet_pton(socket.AF_INET6, "fd00::7")
    udp = struct.pack(">HHHH", 5000, port, 8 + len(payload), 0)
    return struct.pack(">IHBB", 6 << 28, 8 + len(payload), 17, 64) + address * 2 + udp + payload


def framed(link, packet, outgoing_on_loopback=False):
    """The packet behind the head of its link."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    direction, hardware = (4, 772) if outgoing_on_loopback else (0, 1)
    if link == ETHERNET:
        return bytes(12) + struct.pack(">HHHHH", 0x88A8, 7, 0x8100, 8, kind) + packet  # within two VLANs
    if link == SLL:
        return struct.pack(">HHH8sH", direction, hardware, 6, bytes(8), kind) + packet
    if link == SLL2:
        return struct.pack(">HHIHBB8s", kind, 0, 1, hardware, direction, 6, bytes(8)) + packet
    return packet


def file_of(records, link=RAW, order="<", nanoseconds=False):
    """`records`: [(seconds, packet)], the packets with the link's head."""
    data = struct.pack(order + "IHHiIII", MAGIC[nanoseconds], 2, 4, 0, 0, 262144, link)
    for moment, packet in records:
        fraction = round(moment % 1 * (10 ** 9 if nanoseconds else 10 ** 6))
        data += struct.pack(order + "IIII", int(moment), fraction, len(packet), len(packet)) + packet
    return data


def records_of(data):
    """[(seconds, packet)] of a file of this machine's byte order with nanoseconds."""
    magic, *_, link = struct.unpack("=IHHiIII", data[:24])
    assert (magic, link) == (MAGIC[True], RAW)
    records, at = [], 24
    while at < len(data):
        seconds, fraction, size, sent = struct.unpack("=IIII", data[at:at + 16])
        assert size == sent
        records.append((seconds + fraction / 1e9, data[at + 16:at + 16 + size]))
        at += 16 + size
    return records
