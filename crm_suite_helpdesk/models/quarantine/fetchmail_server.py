from odoo import models

from ...lib.fetch_watch import FetchWatch, WatchedConnection


class FetchmailServer(models.Model):
    """What is fetched is stored before the mail server hears that it is done."""

    _inherit = "fetchmail.server"

    def _fetch_mail(self, batch_limit=50):
        watching = self.with_context(crm_fetch_watch=FetchWatch())
        return super(FetchmailServer, watching)._fetch_mail(batch_limit)

    def _connect__(self, allow_archived=False):
        connection = super()._connect__(allow_archived=allow_archived)
        watch = self.env.context.get("crm_fetch_watch")
        if isinstance(watch, FetchWatch):
            return WatchedConnection(connection, watch)
        return connection
