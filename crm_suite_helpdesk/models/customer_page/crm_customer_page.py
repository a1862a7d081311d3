from odoo import api, models


class CrmCustomerPage(models.AbstractModel):
    """What the customer has asked, and what he thought of us."""

    _inherit = "crm.customer.page"

    @api.model
    def _get_blocks(self, subject):
        tickets = self._read_block(self._read_tickets, subject)
        return {**super()._get_blocks(subject), "tickets": tickets}

    @api.model
    def _read_tickets(self, subject):
        if not self.env["crm.ticket"].has_access("read"):
            return None
        tiles = [*self._prepare_ticket_tiles(subject), *self._prepare_satisfaction_tile(subject)]
        return {"title": self.env._("Help and satisfaction"), "tiles": tiles}

    @api.model
    def _prepare_ticket_tiles(self, subject):
        still_open = [
            ("commercial_partner_id", "=", subject.customer.id),
            ("company_id", "=", subject.company.id),
            ("closed_at", "=", False),
        ]
        complaints = [*still_open, ("kind", "=", "complaint")]
        counts = dict(self.env["crm.ticket"]._read_group(still_open, ["kind"], ["__count"]))
        return [
            self._prepare_tile(
                "tickets",
                self.env._("Open tickets"),
                sum(counts.values()),
                model="crm.ticket",
                domain=still_open,
                icon="fa-life-ring",
            ),
            self._prepare_tile(
                "complaints",
                self.env._("Open complaints"),
                counts.get("complaint", 0),
                model="crm.ticket",
                domain=complaints,
                icon="fa-exclamation-circle",
                tone="danger" if counts.get("complaint") else "",
            ),
        ]

    @api.model
    def _prepare_satisfaction_tile(self, subject):
        """How many of the answers to surveys were happy ones."""
        Survey = self.env["crm.ticket.survey"]
        if not Survey.has_access("read"):
            return []
        domain = [
            ("commercial_partner_id", "=", subject.customer.id),
            ("ticket_id.company_id", "=", subject.company.id),
            ("answered_at", "!=", False),
        ]
        counts = dict(Survey._read_group(domain, ["satisfaction"], ["__count"]))
        total = sum(counts.values())
        tile = self._prepare_tile(
            "satisfaction",
            self.env._("Satisfied"),
            0,
            model="crm.ticket.survey",
            domain=domain,
            icon="fa-smile-o",
        )
        if not total:
            return [{**tile, "note": self.env._("No answer to a survey yet")}]
        share = round(100 * counts.get("happy", 0) / total)
        return [
            {
                **tile,
                "count": self.env._("%(number)s %%", number=share),
                "note": self.env._("of %(count)s answers", count=total),
                "tone": "danger" if 2 * counts.get("unhappy", 0) > total else "",
            }
        ]
