"""What is known of the fate of one message while it is handed to a mail server."""

import smtplib
from dataclasses import dataclass
from datetime import datetime

import psycopg2

from odoo.tools import email_normalize

from ...lib import mail_report

# the words of a server are shown to people; some send a page of them
MOST_WORDS = 500


@dataclass(frozen=True)
class Fate:
    """What became of a message.

    :ivar kind: ``sent``; ``failed`` for good; ``refused`` for now (a 4xx answer: it has surely not
        gone); ``lost`` (the connection broke, and it has surely not gone); ``uncertain``;
        ``waits`` until `at`
    :ivar reason: short code
    :ivar detail: the words of the mail server, or of the error
    :ivar at: when it may go, of one that is let go of or held; as before, when there is none
    :ivar scope: what a 4xx answer is about: ``server``, ``domain``, or the recipient only
    """

    kind: str
    reason: str | None = None
    detail: str | None = None
    scope: str = ""
    at: datetime | None = None

    def __post_init__(self):
        if self.detail:
            object.__setattr__(self, "detail", clean(self.detail))


def clean(words):
    """Return words of somebody else as the database takes them."""
    return words.replace("\x00", "").encode(errors="replace").decode()[:MOST_WORDS]


SENT = Fate("sent")
# nobody came to it: it is due as before
RELEASED = Fate("released")


def build_mail(env, route, message):
    """Return the server in the context of the message, and the mail as it goes."""
    # sudo: the system sends
    domain = env["mail.alias.domain"].sudo().browse(route[1] or [])
    context = {"send_validated_to": [email_normalize(message["email_to"][0], strict=False)]}
    if domain:
        context |= {
            "domain_notifications_email": domain.default_from_email,
            "domain_bounce_address": message["headers"].get("Return-Path") or domain.bounce_email,
        }
    server = env["ir.mail_server"].with_context(**context)
    values = {
        name: value for name, value in message.items() if name not in ("alias_domain_id", "chatter")
    }
    mail = server._build_email__(subtype="html", subtype_alternative="plain", **values)
    return server, mail


class Watch:
    """Watches an SMTP session for the moment in which a message can reach the recipient.

    Until the command DATA it has surely not gone. Once the server has answered it, the answer says
    what became of it. In between nobody knows.
    """

    def __init__(self, session):
        self.begun = self.answered = self.accepted = False
        data = getattr(session, "data", None)
        if not data:  # no server, as in tests
            return

        def watched_data(message):
            self.begun = True
            try:
                answer = data(message)
            except smtplib.SMTPResponseException:
                self.answered = True
                raise
            self.answered = True
            self.accepted = answer[0] == 250
            return answer

        session.data = watched_data

    def reset(self):
        self.begun = self.answered = self.accepted = False

    def judge(self, error):
        """Return the fate of the message whose sending raised an error."""
        if self.accepted:
            return SENT
        cause = _find_smtp_error(error)
        if self.begun and not self.answered:
            return Fate("uncertain", "no_answer", str(cause)[:MOST_WORDS])
        answers = _get_answers(cause)
        if answers:
            code, words = answers[0]
            said = f"{code} {words}"[:MOST_WORDS]
            if code >= 500:
                return Fate("failed", _name_refusal(cause), said)
            is_sender = isinstance(cause, smtplib.SMTPSenderRefused)
            scope = mail_report.read_scope(said, is_sender)
            return Fate("refused", "deferred", said, scope=scope)
        if isinstance(error, psycopg2.Error):
            # core looked something up; the message has nothing to do with it
            return Fate("lost", "connection", str(error)[:MOST_WORDS])
        if isinstance(cause, OSError):  # smtplib's own errors are OSErrors, too
            return Fate("lost", "connection", str(cause)[:MOST_WORDS])
        return Fate("failed", "invalid", (str(cause) or type(cause).__name__)[:MOST_WORDS])


def _name_refusal(error):
    """Whom a mail server refuses for good: the recipient, the sender, or what is written."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "refused"
    return "sender_refused" if isinstance(error, smtplib.SMTPSenderRefused) else "message_refused"


def _find_smtp_error(error):
    """Core wraps what the session raised, and keeps it as the context."""
    seen = error
    while seen is not None:
        if isinstance(seen, OSError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return error


def _get_answers(error):
    """:return: list of (code, words) that the server answered, or nothing"""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    else:
        return []
    return [
        (code, text.decode(errors="replace") if isinstance(text, bytes) else str(text))
        for code, text in answers
    ]
