import re

from odoo import models

from .crm_ticket_presence import CHANNEL

NAME = re.compile(r"crm\.ticket\.presence_([1-9][0-9]{0,8})")
# Nobody looks at more tickets at once
MOST = 50


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Who looks at a ticket is told to those who may read it."""
        names = [
            name for name in channels if isinstance(name, str) and name.startswith("crm.ticket.")
        ]
        if names:
            channels = [name for name in channels if name not in names]
            ids = [int(match[1]) for name in names[:MOST] if (match := NAME.fullmatch(name))]
            user = self.env.user
            if ids and user and not user.share:
                # A row that the user may not read must not take the others with it
                tickets = self.env["crm.ticket"].browse(ids).exists()._filtered_access("read")
                channels.extend((ticket, CHANNEL) for ticket in tickets)
        return super()._build_bus_channel_list(channels)
