"""A door in front of a real server that can lose its answers or cut its connections."""

import socket
import threading
from contextlib import suppress


class Proxy:
    """Passes bytes both ways; while `is_mute` answers are thrown away, while `cuts_left` the next answers cut.

    The answer to the next question that has the bytes `cut_at` in it is cut when the server gives it, and `last_words` are
    said in its place.
    """

    def __init__(self, target):
        self.target = target
        self.is_mute = False
        self.cuts_left = 0
        self.cut_at = b""
        self.last_words = b""
        self._doomed = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self.target)
                self._sockets += [client, server]
                threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source, sink, is_answer):
        with suppress(OSError):
            while received := source.recv(65536):
                if not is_answer and self.cut_at and self.cut_at in received:
                    self.cut_at, self._doomed = b"", sink
                if is_answer and self.is_mute:
                    continue
                if is_answer and source is self._doomed:
                    sink.sendall(self.last_words)
                    break
                if is_answer and self.cuts_left:
                    self.cuts_left -= 1
                    break
                sink.sendall(received)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
