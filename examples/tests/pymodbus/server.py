"""Is unit 1 for our client: server.py rtu|ascii|tcp PLACE"""

import asyncio
import sys

from pymodbus import FramerType
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusSerialServer, ModbusTcpServer


async def main(kind, place):
    # A data block's first address is 1 where the wire's is 0.
    block = lambda values: ModbusSequentialDataBlock(1, values)
    device = ModbusDeviceContext(
        co=block([False] * 8),
        di=block([True, False, True]),
        hr=block([0] * 16),
        ir=block([0x41AC, 0, 0xFFFE]),
    )
    context = ModbusServerContext(devices={1: device}, single=False)
    if kind == "tcp":
        server = ModbusTcpServer(context, address=("127.0.0.1", 0))
    else:
        server = ModbusSerialServer(context, framer=FramerType(kind), port=place, baudrate=19200)
    assert await server.listen()
    if kind == "tcp":
        place = server.transport.sockets[0].getsockname()[1]
    print(f"at {place}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
