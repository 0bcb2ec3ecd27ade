"""Passes connections on, and cuts them."""

import socket
import threading


class Relay:
    """Listens on a free port and passes every connection on to `target`."""

    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self.target, self.open, self.lock = (host, int(port)), [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(self.target)
            with self.lock:
                self.open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=pass_on, args=(source, sink), daemon=True).start()

    def cut(self):
        """Ends all connections; new ones are passed on again. Answers how many there were."""
        with self.lock:
            cut, self.open = self.open, []
        for end in cut:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has ended by itself.
        return len(cut) // 2


def pass_on(source, sink):
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # It was cut.
