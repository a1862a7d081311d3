from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Changing one of these makes other contacts show: it takes the rights of whoever does it
CONTENT_FIELDS = {
    "company_id",
    "domain",
    "exclude_ids",
    "include_ids",
    "include_mode",
    "kind",
    "partner_ids",
    "rfm_cell_ids",
    "value_tier_ids",
}
# Changing one of these changes who is a member
DEFINITION_FIELDS = CONTENT_FIELDS | {"active", "user_id"}


class CrmSegment(models.Model):
    """A set of contacts with a name: those who match a filter, customers of a certain value, or a
    list that somebody keeps; narrowed to members of other segments, and without those of others.

    Members are materialised (`crm.segment.member`), so that mailings, filters and reports read a
    table and do not evaluate the filter again.
    """

    _name = "crm.segment"
    _description = "Customer Segment"
    _inherit = ["crm.segment.query.mixin", "crm.segment.evaluation.mixin", "mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    description = fields.Text(translate=True)
    color = fields.Integer()
    kind = fields.Selection(
        [("domain", "Filter"), ("rfm", "Customer Value (RFM)"), ("fixed", "Fixed List")],
        required=True,
        default="domain",
        tracking=True,
        help="Filter: whoever matches is a member, checked again regularly.\n"
        "Customer value: customers in the chosen RFM cells and value tiers are members.\n"
        "Fixed list: whoever you put on the list is a member.",
    )
    domain = fields.Char(string="Filter", default="[]", required=True, tracking=True)
    partner_ids = fields.Many2many("res.partner", "crm_segment_fixed_rel", string="List")
    rfm_cell_ids = fields.Many2many(
        "crm.segment.criterion",
        "crm_segment_cell_rel",
        string="RFM Cells",
        domain=[("kind", "=", "cell")],
        help="Customers in any of these cells, by how lately, how often and for how much they buy. "
        "Empty: of all cells.",
    )
    value_tier_ids = fields.Many2many(
        "crm.segment.criterion",
        "crm_segment_tier_rel",
        string="Value Tiers",
        domain=[("kind", "=", "tier")],
        help="Customers in any of these tiers, by their share of the revenue. Empty: of all tiers.",
    )
    include_mode = fields.Selection(
        [("any", "Members of any of these"), ("all", "Members of all of these")],
        string="Narrow To",
        required=True,
        default="any",
    )
    include_ids = fields.Many2many(
        "crm.segment",
        "crm_segment_include_rel",
        "segment_id",
        "inner_id",
        string="Only Members Of",
        help="Only members of these segments can be members of this one. Empty: everybody.",
    )
    exclude_ids = fields.Many2many(
        "crm.segment",
        "crm_segment_exclude_rel",
        "segment_id",
        "inner_id",
        string="But Not Members Of",
        help="Members of these segments are left out.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        copy=False,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index=True,
        tracking=True,
        help="Members are the contacts that this user may see. Whoever changes the filter "
        "becomes the owner.",
    )
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Contacts of other companies are left out. Empty: all companies of the owner.",
    )
    member_ids = fields.One2many("crm.segment.member", "segment_id", string="Membership")
    member_count = fields.Integer(
        string="Members",
        compute="_compute_member_count",
        help="As of the last evaluation; of a segment without company only those contacts that you "
        "may see.",
    )
    size_ids = fields.One2many("crm.segment.size", "segment_id", string="Sizes", readonly=True)
    evaluated_at = fields.Datetime(string="Last Evaluation", readonly=True, copy=False)
    last_error = fields.Text(
        string="Problem",
        readonly=True,
        copy=False,
        help="Why the last evaluation failed. Until it is solved, the members stay as they are.",
    )

    @api.depends("evaluated_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_member_count(self):
        """The size of the last evaluation, where the user may see it; else whom he may read."""
        latest = self.env["crm.segment.size"]._get_latest(self)
        others = [id_ for id_ in self.ids if id_ not in latest]
        readable = dict(
            self.env["crm.segment.member"]._read_group(
                [("segment_id", "in", others), ("left_at", "=", False)], ["segment_id"], ["__count"]
            )
            if others
            else ()
        )
        for segment in self:
            origin = segment._origin
            segment.member_count = latest.get(origin.id, readable.get(origin, 0))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_characters(vals)
        segments = super().create(vals_list)
        # what was created, not what was asked for: defaults come from outside as well
        for segment in segments:
            if segment.user_id != self.env.user:
                segment._check_may_hand_over()
        active = segments.filtered("active")
        active._check_definition()
        active._evaluate_alone()
        return segments

    def write(self, vals):
        self._check_characters(vals)
        owner = vals.get("user_id")
        if owner and owner != self.env.uid and self.user_id.ids != [owner]:
            self._check_may_hand_over()
        if not DEFINITION_FIELDS & set(vals):
            return super().write(vals)
        # the filter runs with the owner's rights: nobody may make a filter run with another's
        if (
            CONTENT_FIELDS & set(vals)
            and not self.env.su
            and ("user_id" not in vals or not self._may_hand_over())
        ):
            vals = {**vals, "user_id": self.env.uid}
        result = super().write(vals)
        # a broken segment can always be archived
        segments = self.filtered("active")
        segments._check_definition()
        segments._evaluate_alone()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_inner(self):
        """Whoever is left out by a segment must not come in because that was deleted."""
        # sudo: a segment that the user does not see may be made of this one
        outer = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("id", "not in", self.ids),
                    "|",
                    ("include_ids", "in", self.ids),
                    ("exclude_ids", "in", self.ids),
                ]
            )
        )
        if outer:
            raise UserError(
                self.env._(
                    "Other segments are made of what you want to delete: %(segments)s. Take it out "
                    "of these first, or archive it.",
                    segments=", ".join(outer.mapped("name")),
                )
            )

    def _may_hand_over(self):
        return self.env.su or self.env.user.has_group("base.group_system")

    def _check_may_hand_over(self):
        if not self._may_hand_over():
            raise AccessError(
                self.env._(
                    "A segment shows its owner's contacts, so you can make nobody but yourself the "
                    "owner. Ask an administrator to hand it over."
                )
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_evaluate(self):
        """Let members enter and leave now."""
        self.check_access("read")
        self._evaluate()
        for segment in self:
            if segment.last_error:
                raise UserError(segment.last_error)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The segment has %(count)s members now.", count=sum(self.mapped("member_count"))
                ),
                # shows the new numbers on the form
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_view_contacts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("contacts.action_contacts")
        action["domain"] = [("segment_ids", "in", self.ids)]
        action["context"] = {}
        action["display_name"] = self.name
        return action

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_segment_member_action"
        )
        action["domain"] = [("segment_id", "=", self.id)]
        return action

    def action_view_sizes(self):
        """Open how the segment grew and shrank."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_segment_size_action")
        action["domain"] = [("segment_id", "=", self.id)]
        action["display_name"] = self.env._("Size of %(segment)s", segment=self.name)
        return action
