"""pyserial's own access server in front of a looped port: server.py; prints HOST:PORT"""

import socket
import threading

import serial
from serial import rfc2217

listener = socket.create_server(("127.0.0.1", 0))
print("%s:%d" % listener.getsockname(), flush=True)
while True:
    client, _ = listener.accept()
    port = serial.serial_for_url("loop://", timeout=0.05)

    class Out:
        def write(self, data):
            client.sendall(data)

    manager = rfc2217.PortManager(port, Out())

    def reader():
        while port.is_open:
            try:
                client.sendall(b"".join(manager.escape(port.read(port.in_waiting or 1))))
            except (OSError, TypeError):
                return

    threading.Thread(target=reader, daemon=True).start()
    while data := client.recv(1024):
        port.write(b"".join(manager.filter(data)))
    port.close()
    client.close()
