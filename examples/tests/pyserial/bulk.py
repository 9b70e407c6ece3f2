"""Writes and reads much data at once: python3 bulk.py rfc2217://host:port"""

import random
import sys
import threading

import serial

# Its client takes a byte at a time from its reader: this is a second or two.
drawn = random.Random(2217)
data = drawn.randbytes(512 * 1024)
port = serial.serial_for_url(sys.argv[1], baudrate=115200, timeout=30)


def write():
    at = 0
    while at < len(data):
        count = drawn.randint(1, 40_000)
        port.write(data[at : at + count])
        at += count


writing = threading.Thread(target=write)
writing.start()
heard = bytearray()
while len(heard) < len(data):
    more = port.read(min(4096, len(data) - len(heard)))
    assert more, f"silence after {len(heard)} bytes"
    heard += more
writing.join()
assert bytes(heard) == data
port.close()
print("ok")
