"""Drives a looped port of the `port_server` example: client.py rfc2217://HOST:PORT"""

import sys
import time

import serial
from serial import rfc2217

(url,) = sys.argv[1:]
port = serial.serial_for_url(url, baudrate=115200, timeout=5)


def loops(data):
    port.write(data)
    heard = port.read(len(data))
    assert heard == data, (len(heard), data[:16])


def until(what):
    for _ in range(100):
        if what():
            return
        time.sleep(0.02)
    assert False, what


loops(bytes(range(256)) * 2)
for rate in (9600, 19200, 230400, 115200):
    port.baudrate = rate
    loops(b"rate")
for size in (serial.FIVEBITS, serial.SIXBITS, serial.SEVENBITS, serial.EIGHTBITS):
    port.bytesize = size
    loops(bytes([(1 << size) - 1]))
for parity in (serial.PARITY_EVEN, serial.PARITY_ODD, serial.PARITY_MARK, serial.PARITY_SPACE, serial.PARITY_NONE):
    port.parity = parity
    loops(b"\xffparity\x00")
for stop in (serial.STOPBITS_TWO, serial.STOPBITS_ONE_POINT_FIVE, serial.STOPBITS_ONE):
    port.stopbits = stop
    loops(b"stop")
# The plug joins RTS to CTS, and DTR to DSR and DCD.
for level in (False, True):
    port.rts = level
    until(lambda: port.cts == level)
    port.dtr = level
    until(lambda: port.dsr == level and port.cd == level)
assert not port.ri
# A break, held and let go, and one of a length.
port.break_condition = True
port.break_condition = False
port.send_break(0.05)
loops(b"after the breaks")
port.xonxoff = True
port.xonxoff = False
port.write(b"to be thrown away")
time.sleep(0.2)
port.reset_input_buffer()
port.reset_output_buffer()
loops(b"\xff\xff\xff")
# The pulses of a boot loader, in order.
for dtr, rts in ((False, True), (True, False), (False, False), (True, True)):
    port.dtr, port.rts = dtr, rts
    until(lambda: port.dsr == dtr and port.cts == rts)
# A second client is refused.
try:
    rfc2217.Serial(url)
    raise AssertionError("a second client was let in")
except OSError:  # SerialException is one, too.
    pass
port.close()
# And the port is free for the next.
for _ in range(20):
    try:
        port = serial.serial_for_url(url, baudrate=300, timeout=5)
        break
    except OSError:
        time.sleep(0.1)
loops(b"slow")
port.close()
print("ok")
