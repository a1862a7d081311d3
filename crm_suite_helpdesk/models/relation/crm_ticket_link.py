from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

# Each link is told from both ends: what the one is to the other, and back
OPPOSITES = {
    "related": "related",
    "duplicate_of": "duplicated_by",
    "duplicated_by": "duplicate_of",
    "blocked_by": "blocks",
    "blocks": "blocked_by",
    "follow_up_of": "followed_up_by",
    "followed_up_by": "follow_up_of",
    "split_from": "split_into",
    "split_into": "split_from",
}


class CrmTicketLink(models.Model):
    """What a ticket is to another one.

    A link is stored twice, once for each of its tickets, so that both forms list it in their own
    words. The two rows are made and deleted together.
    """

    _name = "crm.ticket.link"
    _description = "Link between Tickets"
    _order = "ticket_id, kind, id"
    _rec_name = "other_id"

    ticket_id = fields.Many2one(
        "crm.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("related", "Related to"),
            ("duplicate_of", "Duplicate of"),
            ("duplicated_by", "Has duplicate"),
            ("blocked_by", "Blocked by"),
            ("blocks", "Blocks"),
            ("follow_up_of", "Follow-up of"),
            ("followed_up_by", "Followed up by"),
            ("split_from", "Split from"),
            ("split_into", "Split into"),
        ],
        "Link",
        required=True,
        default="related",
    )
    other_id = fields.Many2one(
        "crm.ticket", "Linked Ticket", required=True, index=True, ondelete="cascade"
    )
    other_stage_id = fields.Many2one(related="other_id.stage_id", string="Stage")
    other_partner_id = fields.Many2one(related="other_id.partner_id", string="Customer")
    other_user_id = fields.Many2one(related="other_id.user_id", string="Assigned to")
    other_closed_at = fields.Datetime(related="other_id.closed_at", string="Closed on")
    mirror_id = fields.Many2one(
        "crm.ticket.link", readonly=True, copy=False, index="btree_not_null", ondelete="cascade"
    )

    _other_ticket = models.Constraint(
        "CHECK (ticket_id <> other_id)", "A ticket cannot be linked to itself."
    )
    _unique_link = models.UniqueIndex(
        "(ticket_id, other_id, kind)", "These tickets are linked in this way already."
    )

    @api.constrains("ticket_id", "other_id")
    def _check_same_company(self):
        for link in self:
            if link.ticket_id.company_id != link.other_id.company_id:
                raise ValidationError(
                    self.env._("Tickets of different companies cannot be linked.")
                )

    @api.constrains("ticket_id", "other_id", "kind")
    def _check_circle(self):
        """Nothing blocks itself, or is its own duplicate, by way of others."""
        self.flush_model(["ticket_id", "other_id", "kind"])
        for link in self.filtered(lambda link: link.kind != "related"):
            circle = SQL(
                """
                WITH RECURSIVE reached (id) AS (
                    SELECT %(start)s
                    UNION
                    SELECT link.other_id FROM crm_ticket_link AS link
                      JOIN reached ON reached.id = link.ticket_id
                     WHERE link.kind = %(kind)s
                )
                SELECT 1 FROM reached WHERE id = %(end)s
                """,
                start=link.other_id.id,
                kind=link.kind,
                end=link.ticket_id.id,
            )
            if self.env.execute_query(circle):
                raise ValidationError(
                    self.env._(
                        "%(ticket)s and %(other)s would depend on each other in a circle.",
                        ticket=link.ticket_id.display_name,
                        other=link.other_id.display_name,
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**vals, "mirror_id": False} for vals in vals_list]
        links = super().create(vals_list)
        links._check_ends()
        alone = links.filtered(lambda link: not link.mirror_id)
        if not alone:
            return links
        # sudo: the other end is told, too; the two are one link, to which the user has the right
        mirrors = alone.sudo().create(
            [
                {
                    "ticket_id": link.other_id.id,
                    "other_id": link.ticket_id.id,
                    "kind": OPPOSITES[link.kind],
                    "mirror_id": link.id,
                }
                for link in alone
            ]
        )
        for link, mirror in zip(alone.with_env(mirrors.env), mirrors, strict=True):
            link.mirror_id = mirror
        return links

    def write(self, vals):
        if not self.env.su and {"ticket_id", "other_id", "mirror_id"} & vals.keys():
            raise UserError(
                self.env._("A link stays between its two tickets. Delete it and make another one.")
            )
        self._check_ends()
        result = super().write(vals)
        # Whoever calls from outside may choose the context
        is_mirrored = self.env.su and self.env.context.get("crm_link_mirrored")
        if "kind" in vals and not is_mirrored:
            # sudo: the other end of the same link
            mirrors = self.sudo().mirror_id.with_context(crm_link_mirrored=True)
            mirrors.write({"kind": OPPOSITES[vals["kind"]]})
        return result

    def unlink(self):
        self._check_ends()
        # sudo: the other end of the same link
        return super(CrmTicketLink, (self | self.mirror_id).sudo()).unlink()

    def _check_ends(self):
        """Who links may write the one ticket and read the other."""
        self.ticket_id.check_access("write")
        self.other_id.check_access("read")
