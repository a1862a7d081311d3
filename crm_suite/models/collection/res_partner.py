from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ...lib.groups import COLLECTION_READERS as READERS

# who owns a customer reaches what he owes; that of a part of a company is the company's
OWNER_FIELDS = {"user_id", "parent_id", "is_company", "commercial_partner_id"}
REMINDER_FIELDS = {"reminder_mode", "reminder_none_reason", "reminder_partner_id"}
# who reaches the receivables of all customers
ALL_CUSTOMERS = ("sales_team.group_sale_salesman_all_leads", "account.group_account_invoice")


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    reminder_user_id = fields.Many2one(
        "res.users",
        string="Responsible for Payments",
        domain="[('share', '=', False)]",
        index="btree_not_null",
        tracking=True,
        groups=READERS,
        help="Who reminds this customer, gets the answers and the to-dos. Empty: the salesperson.",
    )
    reminder_mode = fields.Selection(
        [
            ("automatic", "As the levels say"),
            ("manual", "By hand only"),
            ("none", "Never"),
        ],
        string="Payment Reminders",
        default="automatic",
        required=True,
        tracking=True,
        groups=READERS,
        help="As the levels say: levels that are automatic go by themselves. By hand only: somebody"
        " looks at each reminder and sends it. Never: the customer gets none.",
    )
    reminder_none_reason = fields.Char(
        string="Why No Reminders",
        tracking=True,
        groups=READERS,
    )
    reminder_partner_id = fields.Many2one(
        "res.partner",
        string="Reminders To",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        groups=READERS,
        help="The contact who gets the reminders. Empty: the invoice address.",
    )
    reminder_ids = fields.One2many("crm.payment.reminder", "partner_id", groups=READERS)

    payment_reminder_count = fields.Integer(
        compute="_compute_payment_reminder_count",
        groups=READERS,
        help="Reminders that this customer got or is to get.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_payment_reminder_count(self):
        counts = dict(
            self.env["crm.payment.reminder"]._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("state", "!=", "cancelled"),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.payment_reminder_count = counts.get(partner.commercial_partner_id, 0)

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains("reminder_mode", "reminder_none_reason")
    def _check_reminder_none_reason(self):
        for partner in self:
            if partner.reminder_mode == "none" and not (partner.reminder_none_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Say why %(customer)s gets no payment reminders.",
                        customer=partner.display_name,
                    )
                )

    @api.constrains("reminder_partner_id", "parent_id")
    def _check_reminder_partner(self):
        for partner in self:
            recipient = partner.reminder_partner_id
            if recipient and recipient.commercial_partner_id != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s does not belong to %(customer)s. Payment reminders only go to"
                        " contacts of the customer.",
                        contact=recipient.display_name,
                        customer=partner.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_reminder_user_id")
        if any(vals.get("reminder_user_id", default) for vals in vals_list):
            self._check_may_choose_responsible()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if self._filter_changed(vals, {"reminder_user_id"}):
                self._check_may_choose_responsible()
            if changed := self._filter_changed(vals, OWNER_FIELDS | REMINDER_FIELDS):
                changed._check_may_take(vals)
        return super().write(vals)

    def _filter_changed(self, vals, names):
        """Return the contacts of which one of the fields gets another value: forms, imports and
        merges also send what stays as it is.
        """
        concerned = names & set(vals)
        if not concerned:
            return self.browse()
        return self.filtered(
            lambda partner: any(
                # sudo: compared only
                partner._fields[name].convert_to_write(partner.sudo()[name], partner)
                != (vals[name] or False)
                for name in concerned
            )
        )

    def _check_may_take(self, vals):
        """Refuse salespeople to take over the customer of a colleague, for they would see what he
        owes, and to decide how such a customer is reminded. Customers of nobody can be taken.
        """
        if self._reaches_all_customers() or not self.env.user.has_group(
            "sales_team.group_sale_salesman"
        ):
            return
        # sudo: whose customers these are; contacts of a customer may be moved
        customers = self.sudo().filtered(
            lambda partner: partner == partner.commercial_partner_id and partner.user_id
        )
        foreign = customers - customers.filtered_domain(self._get_collection_domain())
        if foreign:
            raise AccessError(
                self.env._(
                    "%(customer)s is a customer of %(salesperson)s. The salesperson, a team leader"
                    " or an accountant can hand the customer over, and decides about the payment"
                    " reminders.",
                    customer=foreign[0].display_name,
                    salesperson=foreign[0].user_id.name,
                )
            )

    @api.model
    def _check_may_choose_responsible(self):
        """Refuse salespeople with own documents: the responsible sees what the customer owes."""
        if not self.env.su and not self._reaches_all_customers():
            raise AccessError(
                self.env._(
                    "Only accountants and salespeople who see all documents choose who is"
                    " responsible for the payments of a customer."
                )
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_prepare_payment_reminders(self):
        """Prepare the reminders of these customers, as far as the user reaches them."""
        reminders = self.env["crm.payment.reminder"]._prepare_reminders(self)
        if not reminders:
            raise UserError(self.env._("Nothing is so overdue that a reminder is due."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_payment_reminder_action"
        )
        action |= {"domain": [("id", "in", reminders.ids)], "context": {}}
        if len(reminders) == 1:
            action |= {"res_id": reminders.id, "views": [(False, "form")]}
        return action

    def action_view_payment_reminders(self):
        """Open the reminders of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_payment_reminder_action"
        )
        customer = self.commercial_partner_id
        return {
            **action,
            "domain": [("partner_id", "=", customer.id), ("state", "!=", "cancelled")],
            "context": {},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _reaches_all_customers(self):
        return self.env.su or any(self.env.user.has_group(group) for group in ALL_CUSTOMERS)

    @api.model
    def _get_collection_domain(self):
        """Return the domain of the commercial partners whose receivables, reminders and promises
        the user reaches. The record rules in ``collection_security.xml`` say the same.
        """
        if self._reaches_all_customers():
            return Domain.TRUE
        user = self.env.user
        domain = Domain("user_id", "=", user.id) | Domain("reminder_user_id", "=", user.id)
        if user.has_group("crm_suite.group_team_leader"):
            domain |= Domain("user_id.crm_team_ids", "in", user.crm_team_ids.ids)
            domain |= Domain("user_id.crm_team_ids.user_id", "=", user.id)
        return domain
