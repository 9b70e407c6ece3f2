"""telnetlib3's fingerprints: fingerprint.py PORT of the server there; fingerprint.py of a client.

Of a server it prints what that offers, what it asks for, and whatever else the probe has found but
refusals. For a client it prints a port; who connects there is probed, and gets his fingerprint.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile

folder = tempfile.TemporaryDirectory()
os.environ["TELNETLIB3_DATA_DIR"] = folder.name
# What is run for a client that was probed, with the name of the file as its argument.
os.environ["TELNETLIB3_FINGERPRINT_POST_SCRIPT"] = "json.tool"

import telnetlib3  # noqa: E402
from telnetlib3.fingerprinting import (  # noqa: E402
    FingerprintingServer,
    fingerprinting_server_shell,
)


def of_server(port):
    path = os.path.join(folder.name, "server.json")
    probe = ["telnetlib3-fingerprint", "--scan-type", "full", "--silent", "--mssp-wait", "0"]
    probe += ["--banner-max-wait", "1", "--banner-quiet-time", "0.2", "--save-json", path]
    subprocess.run([*probe, "127.0.0.1", port], check=True)
    with open(path) as saved:
        found = json.load(saved)["server-probe"]["fingerprint-data"]
    for key in ["probed-protocol", "refused-options", "scan-type"]:
        del found[key]
    for key in sorted(found):
        if found[key]:
            print(key, *found[key])


async def of_client():
    server = await telnetlib3.create_server(
        host="127.0.0.1",
        port=0,
        protocol_factory=FingerprintingServer,
        shell=fingerprinting_server_shell,
        connect_maxwait=0.5,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if len(sys.argv) > 1:
    of_server(sys.argv[1])
else:
    asyncio.run(of_client())
