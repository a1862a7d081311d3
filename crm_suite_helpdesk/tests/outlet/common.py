from odoo.addons.crm_suite.tests.outlet.common import OutletCase

from ..portal.common import PortalCommon


class TicketFieldCommon(OutletCase, PortalCommon):
    """Custom fields of tickets, in the scenes of the sales and of the helpdesk."""

    def _make_ticket_fields(self, *values_list):
        return self._make_fields([{"model": "crm.ticket", **values} for values in values_list])

    def create_ticket(self, **values):
        return self.env["crm.ticket"].create(
            {
                "name": "Help",
                "partner_id": self.customer.id,
                "team_id": self.team.id,
                **values,
            }
        )
