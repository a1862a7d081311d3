"""Fetching mails so that none is lost: a mail is done when what became of it is stored."""

import imaplib
import poplib


class FetchWatch:
    """Knows whether the mail that is being handled is safe.

    Core tells the mail server that a mail is done (and a POP server to delete it) also when
    handling it failed, or when the transaction was rolled back.
    """

    def __init__(self):
        self.is_lost = False

    def begin(self):
        self.is_lost = False

    def lose(self):
        self.is_lost = True


class WatchedConnection:
    """A connection to a mail server that keeps what could not be stored.

    :param connection: of core's `fetchmail.server`
    :param watch: a `FetchWatch`
    """

    def __init__(self, connection, watch):
        self._connection = connection
        self._watch = watch

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def retrieve_unread_messages(self):
        if isinstance(self._connection, imaplib.IMAP4):
            mails = self._peek()
        elif isinstance(self._connection, poplib.POP3):
            mails = self._retrieve()
        else:
            mails = self._connection.retrieve_unread_messages()
        for number, mail in mails:
            self._watch.begin()
            yield number, mail

    def handled_message(self, number):
        if not self._watch.is_lost:
            self._connection.handled_message(number)

    def _peek(self):
        # Core fetches RFC822, which marks the mail as seen, and takes the mark away again: whoever
        # is killed in between has lost the mail. Peeking marks nothing.
        connection = self._connection
        while connection._unread_messages:
            number = connection._unread_messages.pop()
            _result, data = connection.fetch(number, "(BODY.PEEK[])")
            mail = next((item[1] for item in data or () if isinstance(item, tuple)), None)
            if mail is not None:  # somebody else may have deleted it meanwhile
                yield number, mail

    def _retrieve(self):
        # The library of Python gives up at a long line, and with it at all mails that come after.
        # Mails are joined as core does.
        connection = self._connection
        while connection._unread_messages:
            number = connection._unread_messages.pop()
            connection._putcmd(f"RETR {number}")
            connection._getresp()
            lines = []
            while (line := connection.file.readline()).rstrip(b"\r\n") != b".":
                if not line:
                    raise poplib.error_proto("-ERR EOF")
                line = line[1:] if line.startswith(b"..") else line
                lines.append(line[:-1].removesuffix(b"\r") if line.endswith(b"\n") else line)
            yield number, b"\n".join(lines)
