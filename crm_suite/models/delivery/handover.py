"""What is known of the fate of one mail while it is handed to the mail server."""

import smtplib


def get_server_words(error):
    """Return what a mail server said when it refused a mail, or an empty text.

    :param error: the exception of core, which keeps that of the SMTP session as its context
    """
    cause = getattr(error, "__context__", None)
    if isinstance(cause, smtplib.SMTPRecipientsRefused):
        answers = cause.recipients.values()
    elif isinstance(cause, smtplib.SMTPResponseException):
        answers = [(cause.smtp_code, cause.smtp_error)]
    else:
        return ""
    return ", ".join(
        f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
        for code, text in answers
    )


class Handover:
    """Watches one SMTP session for the moment in which a mail can reach the customer.

    Until the command DATA, the mail has surely not gone. Once the server has answered it, the
    answer says what became of it. In between nobody knows: `on_data` is called right before, and
    notes on disk that the mail is on its way.
    """

    def __init__(self, on_data):
        self._on_data = on_data
        self.begun = False
        self.answered = False
        self.accepted = False

    @property
    def is_unknown(self):
        return self.begun and not self.answered

    def begin(self):
        self._on_data()
        self.begun, self.answered, self.accepted = True, False, False

    def watch(self, session):
        """Watch the SMTP session, which is used for this mail only."""
        data = getattr(session, "data", None)
        if not data:  # no server, as in tests
            return

        def watched_data(message):
            self.begin()
            try:
                answer = data(message)
            except smtplib.SMTPResponseException:
                self.answered = True
                raise
            self.answered = True
            self.accepted = answer[0] == 250
            return answer

        session.data = watched_data
