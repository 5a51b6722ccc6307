"""A relay that speaks TLS before the sandbox, as the vendor's web SDK demands it of the storage."""

import socket
import ssl
import subprocess
import threading
from pathlib import Path


class Tls:
    """Listens at `port` from the beginning; `there`, where it leads to, is set once that listens too."""

    def __init__(self, folder: Path):
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        made += ["-nodes", "-days", "2", "-subj", "/CN=relay", "-keyout", key, "-out", certificate]
        made += ["-addext", "subjectAltName=DNS:*.oss-cn-shanghai.aliyuncs.com"]
        subprocess.run(made, check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.there = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            plain, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            near = self.context.wrap_socket(plain, server_side=True)
        except (ssl.SSLError, OSError):
            return  # a browser tries connections it does not use
        far = socket.create_connection(("127.0.0.1", self.there))
        threading.Thread(target=_pump, args=(far, near), daemon=True).start()
        _pump(near, far)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Passes bytes on until one end closes, then closes both."""
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
    except (ssl.SSLError, OSError):
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except (ssl.SSLError, OSError):
            pass
