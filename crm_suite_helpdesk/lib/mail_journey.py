"""What became of one mail on its way through the gateway."""

import hashlib


class MailJourney:
    """Travels along in the context, so that whoever handles the mail can note what he did.

    An object of this class cannot be sent through RPC: whoever has one is the gateway.

    :param raw: the mail as it arrived
    :param fallback_model: where the mail goes that names no address of ours
    :param is_retry: a person gave the mail to the gateway once more
    """

    def __init__(self, raw: bytes, fallback_model: str | None = None, is_retry: bool = False):
        self.raw = raw
        self.fallback_model = fallback_model
        self.is_retry = is_retry
        self.handed_in_by = None  # the user who once gave a mail to the gateway that is retried
        self.digest = hashlib.sha256(raw).hexdigest()
        self.restart()

    def restart(self):
        """Forget an attempt of which nothing is left."""
        self.parsed = {}
        self.routes = None  # as core's `message_route` returns them; None before it did
        self.is_kept = False  # the original has been put into the quarantine
        self.left_out = []  # what was too much: (name of the file, size in bytes)

    def leads_to(self, model: str) -> bool:
        """Whether the mail was on its way to a document of this model."""
        if self.routes is None:
            return self.fallback_model == model
        return any(route[0] == model for route in self.routes)
