"""Serves a GGUF model by llama.cpp on a free loopback port: `server.py FILE`.

Once it is healthy it prints its base URL, the only line on standard output;
logs go to standard error. It ends with the process that started it.
"""

import http.client
import os
import sys
import time
from urllib.parse import urlsplit

import xllamacpp

from model import CONTEXT_LENGTH, NAME

SLOTS = 2
HEALTHY_WITHIN_SECONDS = 60


def main(path: str) -> None:
    parent = os.getppid()
    server = xllamacpp.Server(parameters(path))
    wait_until_healthy(server.listening_address)
    print(server.listening_address, flush=True)
    while os.getppid() == parent:
        time.sleep(0.2)


def parameters(path: str) -> xllamacpp.CommonParams:
    it = xllamacpp.CommonParams()
    it.model.path = path
    it.model_alias = {NAME}
    it.hostnames = ["127.0.0.1"]
    it.port = 0  # any free one
    it.offline = True  # never looks for models elsewhere
    it.ui = False
    it.n_parallel = SLOTS
    it.n_ctx = SLOTS * CONTEXT_LENGTH
    it.cpuparams.n_threads = 1
    it.warmup = False
    return it


def wait_until_healthy(url: str) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while not is_healthy(url):
        if time.monotonic() > deadline:
            sys.exit(f"{url}/health: not healthy within {HEALTHY_WITHIN_SECONDS} s")
        time.sleep(0.05)


def is_healthy(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=1)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
