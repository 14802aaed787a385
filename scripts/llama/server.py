"""Serves a model on a free loopback port: server.py MODEL.gguf URL_FILE

Writes the server's URL into URL_FILE and serves until it is killed.
"""

import pathlib
import signal
import socket
import sys

import xllamacpp


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def parameters(model):
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {"tiny-random-llama"}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = free_port()
    parameters.n_ctx = 1024
    parameters.n_parallel = 2
    parameters.warmup = False
    parameters.use_jinja = True
    parameters.cpuparams.n_threads = 1
    return parameters


def main(model, url_file):
    server = xllamacpp.Server(parameters(model))
    pathlib.Path(url_file).write_text(server.listening_address)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
