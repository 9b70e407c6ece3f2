"""Logs in at a console by telnetlib3, reads a point and leaves: telnetlib3_client.py PORT"""

import asyncio
import sys

import telnetlib3


async def main():
    reader, writer = await telnetlib3.open_connection(
        "127.0.0.1", int(sys.argv[1]), term="xterm", cols=80, rows=24, connect_minwait=0.1
    )
    for wait, say in [
        ("login: ", "operator\r\n"),
        ("password: ", "guest\r\n"),
        ("farm> ", "get tank1.level\r\n"),
        ("0.00", "exit\r\n"),
    ]:
        heard = ""
        while wait not in heard:
            some = await reader.read(1)
            if not some:
                sys.exit(f"it ended before {wait}: {heard}")
            heard += some
        writer.write(say)
        print(heard)
    while some := await reader.read(100):
        print(some)
    print("echo:", writer.will_echo)


asyncio.run(asyncio.wait_for(main(), 30))
