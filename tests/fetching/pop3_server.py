"""A POP3 server that holds one mailbox in memory, and forgets a mail only when RFC 1939 says so:
after QUIT, never when a client vanishes.
"""

import socketserver
import threading


class Pop3Server:
    """`mails` are what is on the server; the password of every user is `secret`."""

    def __init__(self, mails=()):
        self.mails = list(mails)
        self.lock = threading.Lock()
        outer = self

        class Handler(_Session):
            mailbox = outer

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        with self.mailbox.lock:  # RFC 1939: the mailbox is locked
            mails, deleted = list(self.mailbox.mails), set()
            self.say(b"+OK ready")
            while line := self.rfile.readline():
                command, _space, argument = line.strip().partition(b" ")
                if command.upper() == b"QUIT":
                    self.mailbox.mails = [m for n, m in enumerate(mails) if n not in deleted]
                    self.say(b"+OK bye")
                    return
                self.answer(command.upper(), argument, mails, deleted)

    def answer(self, command, argument, mails, deleted):
        if command in (b"USER", b"NOOP"):
            self.say(b"+OK")
        elif command == b"PASS":
            self.say(b"+OK" if argument == b"secret" else b"-ERR wrong password")
        elif command == b"STAT":
            self.say(b"+OK %d %d" % (len(mails), sum(map(len, mails))))
        elif command == b"LIST":
            sizes = [b"%d %d" % (n, len(m)) for n, m in enumerate(mails, 1)]
            self.say(b"\r\n".join([b"+OK", *sizes, b"."]))
        elif command == b"RETR":
            lines = mails[int(argument) - 1].split(b"\n")
            stuffed = [b"." + ln if ln.startswith(b".") else ln for ln in lines]
            self.say(b"\r\n".join([b"+OK", *(ln.removesuffix(b"\r") for ln in stuffed), b"."]))
        elif command == b"DELE":
            deleted.add(int(argument) - 1)
            self.say(b"+OK")
        else:
            self.say(b"-ERR what?")

    def say(self, text):
        self.wfile.write(text + b"\r\n")
