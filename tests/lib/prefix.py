"""A web server in front of readerd, which serves it below a path: as a proxy's `location /stats/` does."""

import socket
import socketserver
import threading


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(65536)
            if not piece:
                return
            head += piece
        method, path, rest = head.split(b" ", 2)
        self.server.paths.append(path.decode())
        line, headers = rest.split(b"\r\n", 1)
        if not path.startswith(b"/stats/"):
            return self.request.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.server.target)) as reader:
            inner = b" ".join([method, path.removeprefix(b"/stats"), line])
            reader.sendall(inner + b"\r\nConnection: close\r\n" + headers.replace(b"Connection: keep-alive\r\n", b""))
            while piece := reader.recv(65536):
                self.request.sendall(piece)


class Prefix(socketserver.ThreadingTCPServer):
    """`paths`: what it was asked for. Its address ends with `/stats/`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.paths = target, []
        self.address = f"http://127.0.0.1:{self.server_address[1]}/stats/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A browser goes away as it likes."""
