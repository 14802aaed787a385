"""Starts a server on free loopback ports: `server.py NAME COMMAND...`.

Once it is healthy it prints its base URLs, separated by blanks, the only line
on standard output; logs go to standard error. It ends with the process that
started it.
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
SHIPPED = HERE.parent.parent / "collector-config"
HEALTHY_WITHIN_SECONDS = 110
STOPPED_WITHIN_SECONDS = 10


@dataclass
class Server:
    arguments: list[str]
    health: str
    urls: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def main(name: str, command: list[str]) -> None:
    parent = os.getppid()
    with tempfile.TemporaryDirectory() as folder:
        server = SERVERS[name](folder)
        environment = {**os.environ, **server.environment}
        process = subprocess.Popen(
            [*command, *server.arguments],
            cwd=folder,
            env=environment,
            stdout=sys.stderr.fileno(),
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            wait_until_healthy(process, server.health)
            print(*server.urls, flush=True)
            while os.getppid() == parent and process.poll() is None:
                time.sleep(0.2)
        finally:
            stop(process)


def jaeger(_folder: str) -> Server:
    query, health, grpc, http = free_addresses(4)
    return Server(
        arguments=["--config", str(HERE / "jaeger" / "memory.yaml")],
        environment={
            "QUERY": query,
            "HEALTH": health,
            "OTLP_GRPC": grpc,
            "OTLP_HTTP": http,
        },
        health=f"http://{health}/status",
        urls=[f"http://{query}", f"http://{grpc}"],
    )


def prometheus(folder: str) -> Server:
    (address,) = free_addresses(1)
    return Server(
        arguments=[
            f"--config.file={SHIPPED / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={address}",
            "--web.enable-otlp-receiver",
        ],
        health=f"http://{address}/-/ready",
        urls=[f"http://{address}"],
    )


def phoenix(folder: str) -> Server:
    http, grpc = free_addresses(2)
    port = {"PHOENIX_PORT": port_of(http), "PHOENIX_GRPC_PORT": port_of(grpc)}
    return Server(
        arguments=["serve"],
        environment={
            **port,
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_WORKING_DIR": folder,
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
            "PHOENIX_AGENTS_DISABLE_BASH": "true",
        },
        health=f"http://{http}/healthz",
        urls=[f"http://{http}"],
    )


def agent(_folder: str) -> Server:
    """The shipped agent; where it sends to is in the caller's environment."""
    grpc, http, health, metrics = free_addresses(4)
    return Server(
        arguments=["--config", str(SHIPPED / "agent.yaml")],
        environment={
            "COLLECTOR_GRPC": grpc,
            "COLLECTOR_HTTP": http,
            "COLLECTOR_HEALTH": health,
            "COLLECTOR_METRICS_PORT": port_of(metrics),
        },
        health=f"http://{health}/",
        urls=[f"http://{grpc}", f"http://{http}"],
    )


SERVERS = {
    "jaeger": jaeger,
    "prometheus": prometheus,
    "phoenix": phoenix,
    "agent": agent,
}


def free_addresses(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{it.getsockname()[1]}" for it in sockets]
    for it in sockets:
        it.close()
    return addresses


def port_of(address: str) -> str:
    return address.rpartition(":")[2]


def wait_until_healthy(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while not is_healthy(url):
        if process.poll() is not None:
            sys.exit(f"it ended with {process.returncode}")
        if time.monotonic() > deadline:
            sys.exit(f"{url}: not healthy within {HEALTHY_WITHIN_SECONDS} s")
        time.sleep(0.05)


def is_healthy(url: str) -> bool:
    try:
        with NO_PROXY.open(url, timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


# Loopback is never behind a proxy, whatever the environment says.
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
