"""A real MLflow tracking server in a process of its own, and a network in front of it that can be
slow, cut, or closed to strangers.
"""

import base64
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_SECONDS_TO_START = 120.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class TrackingServer:
    """``mlflow server`` on loopback: a database behind it, artifacts passed through it.

    Attributes:
        database: URL of its database.
        artifacts: The folder that it keeps artifacts in.
        port: Stays the same when it is started again.
        log: What it printed.
    """

    def __init__(self, database: str, folder: Path) -> None:
        for package in ("flask", "flask_cors", "graphene", "aiohttp"):
            pytest.importorskip(package, reason="mlflow server needs the extra `ui`")
        self.database, self.artifacts, self.log = database, folder / "artifacts", folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--backend-store-uri", self.database]
        command += ["--serve-artifacts", "--artifacts-destination", str(self.artifacts)]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")},
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "PYTHONWARNINGS": "ignore",
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _wait(self) -> None:
        ends = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < ends and self._process and self._process.poll() is None:
            with contextlib.suppress(OSError):
                address = f"{self.uri}/health"
                with _DIRECT.open(address, timeout=5) as _:
                    return
            time.sleep(0.1)
        raise AssertionError(f"mlflow server did not start: {self.log.read_text()[-2000:]}")


class Cut(Exception):  # noqa: N818 — a word for what happens
    """The connection ends without an answer."""


#: Method and path of a request, and a call that passes it on and returns the answer.
Request = tuple[str, str]
Forward = Callable[[], tuple[int, list[tuple[str, str]], bytes]]


class Network:
    """What lies between us and the server.

    Attributes:
        uri: The address to use instead of the server's.
        asked: Requests so far.
        rule: What is done with a request: pass it on, wait, answer, or raise ``Cut``.
        credentials: ``user:password`` that it asks for; None for none.
    """

    def __init__(self, server: TrackingServer) -> None:
        self.server = server
        self.asked: list[Request] = []
        self.credentials: str | None = None
        self.heal()
        self._listening = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._listening.daemon_threads = True
        threading.Thread(target=self._listening.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self._listening.server_address[1]}"
        self.uri = f"http://{self.address}"

    def heal(self) -> None:
        """Pass everything on from now."""
        self.rule: Callable[[int, Request, Forward], object] = lambda _number, _asked, go: go()
        self.asked.clear()

    def close(self) -> None:
        self._listening.shutdown()
        self._listening.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        network = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = (self.command, self.path)
                network.asked.append(asked)
                number = len(network.asked)

                def go() -> tuple[int, list[tuple[str, str]], bytes]:
                    return network._forwarded(asked, dict(self.headers), body)

                try:
                    if network._is_stranger(self.headers.get("Authorization", "")):
                        status, headers, content = 401, [], b"You are not authenticated."
                    else:
                        status, headers, content = network.rule(number, asked, go)
                    self.send_response(status)
                    for name, value in headers:
                        if name.lower() not in _HOP_BY_HOP:
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except (Cut, OSError):
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

            def log_message(self, *_arguments: object) -> None:
                """Tests print nothing."""

        return Handler

    def _is_stranger(self, given: str) -> bool:
        if self.credentials is None:
            return False
        return given != f"Basic {base64.b64encode(self.credentials.encode()).decode()}"

    def _forwarded(
        self, asked: Request, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        with contextlib.closing(connection):
            kept = {k: v for k, v in headers.items() if k.lower() not in _HOP_BY_HOP | {"host"}}
            connection.request(*asked, body=body or None, headers=kept)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()


@contextlib.contextmanager
def running(database: str, folder: Path) -> Iterator[TrackingServer]:
    """A server for as long as tests need it."""
    server = TrackingServer(database, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
