from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from odoo.addons.crm_suite.lib.arabic import normalize

from ...lib import duplicate

# Closed tickets are remembered for so long
RECENT = timedelta(days=30)
# The newest tickets of a customer that are compared
CANDIDATES = 80
SHOWN = 5


class CrmTicket(models.Model):
    """Tickets that may be about what another one is about, as far as the reader may see those."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    duplicate_hint = fields.Json(compute="_compute_duplicate_hint", compute_sudo=False)
    is_no_duplicate = fields.Boolean(
        "No Duplicate", copy=False, help="Somebody has looked: this ticket is about something else."
    )

    @api.depends("name", "partner_id", "email_from", "is_no_duplicate", "closed_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_duplicate_hint(self):
        for ticket in self:
            hint = ticket._prepare_duplicate_hint(ticket._find_duplicates())
            ticket.duplicate_hint = hint or False

    def _find_duplicates(self):
        """Open and recent tickets of the same customer with a similar subject, likest first."""
        self.ensure_one()
        words = duplicate.words_of(self.name, normalize)
        if not words or self.is_no_duplicate or self.closed_at or self.merged_into_id:
            return self.browse()
        domain = self._get_duplicate_domain()
        if domain.is_false():
            return self.browse()
        scored = []
        # with the rights of the reader
        for other in self.search(domain, order="id desc", limit=CANDIDATES):
            score = duplicate.similarity(words, duplicate.words_of(other.name, normalize))
            if score >= duplicate.SIMILAR:
                scored.append((bool(other.closed_at), -score, -other.id, other.id))
        return self.browse(row[-1] for row in sorted(scored)[:SHOWN])

    def _get_duplicate_domain(self):
        customer = self.partner_id.commercial_partner_id
        email = email_normalize(self.email_from, strict=False) or self.partner_id.email_normalized
        same = Domain.OR(
            [
                *([Domain("commercial_partner_id", "=", customer.id)] if customer else []),
                *([Domain("email_normalized", "=", email)] if email else []),
            ]
        )
        known = self._origin
        opened_at = known.opened_at or self._now()
        return (
            same
            & (Domain("closed_at", "=", False) | Domain("closed_at", ">=", opened_at - RECENT))
            & Domain("merged_into_id", "=", False)
            & Domain("id", "not in", [*known.ids, *known.link_ids.other_id.ids])
            & Domain("stage_type", "!=", "spam")
        )

    @api.model
    def _prepare_duplicate_hint(self, found):
        """What the form shows: [{id, number, name, stage, agent, opened_at, is_open}]."""
        return [
            {
                "id": other.id,
                "number": other.number or "",
                "name": other.name,
                "stage": other.stage_id.display_name or "",
                "agent": other.user_id.display_name or "",
                "opened_at": fields.Datetime.to_string(other.opened_at),
                "is_open": not other.closed_at,
            }
            for other in found
        ]

    def action_merge_duplicate(self, other_id):
        """Open the merge of this ticket with one that it repeats.

        :param int other_id: a ticket that the user may change
        """
        self.ensure_one()
        other = self.browse(other_id).exists()
        tickets = self | other
        tickets.check_access("write")
        return tickets.action_merge()

    def action_no_duplicate(self):
        self.write({"is_no_duplicate": True})
