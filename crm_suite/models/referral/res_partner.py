from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

READERS = "sales_team.group_sale_salesman"


class ResPartner(models.Model):
    """Who brought whom.

    What is brought is a customer (the commercial partner); who brings him may be a contact. Two
    customers are compared as a whole: nobody brings his own company.
    """

    _name = "res.partner"
    _inherit = ["res.partner"]

    referred_by_id = fields.Many2one(
        "res.partner",
        string="Referred by",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        groups=READERS,
        help="Who brought this customer to us.",
    )
    referral_ids = fields.One2many(
        "res.partner", "referred_by_id", string="Customers Brought", readonly=True, groups=READERS
    )
    referral_count = fields.Integer(
        string="# Customers Brought",
        compute="_compute_referral_count",
        groups=READERS,
        help="By this customer and all his contacts.",
    )
    referral_currency_id = fields.Many2one(
        "res.currency", compute="_compute_referral_revenue", groups=READERS
    )
    referral_revenue = fields.Monetary(
        string="Revenue Brought",
        currency_field="referral_currency_id",
        compute="_compute_referral_revenue",
        groups=READERS,
        help="What the customers brought have ordered from the current company, as far as you may"
        " see their figures.",
    )

    # ------------------------------------------------------------------
    # Compute and constraints
    # ------------------------------------------------------------------

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_referral_count(self):
        counts = {}
        groups = self._read_group(
            [("referred_by_id.commercial_partner_id", "in", self.commercial_partner_id.ids)],
            ["referred_by_id"],
            ["__count"],
        )
        for referrer, count in groups:
            customer = referrer.commercial_partner_id
            counts[customer] = counts.get(customer, 0) + count
        for partner in self:
            partner.referral_count = counts.get(partner.commercial_partner_id, 0)

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids", "company")
    def _compute_referral_revenue(self):
        sums = {}
        groups = self.env["crm.customer.metric"]._read_group(
            [
                ("company_id", "=", self.env.company.id),
                (
                    "partner_id.referred_by_id.commercial_partner_id",
                    "in",
                    self.commercial_partner_id.ids,
                ),
            ],
            ["referred_by_id"],
            ["revenue:sum"],
        )
        for referrer, revenue in groups:
            customer = referrer.commercial_partner_id
            sums[customer] = sums.get(customer, 0.0) + revenue
        for partner in self:
            partner.referral_currency_id = self.env.company.currency_id
            partner.referral_revenue = sums.get(partner.commercial_partner_id, 0.0)

    @api.constrains("referred_by_id")
    def _check_referral(self):
        for partner in self.filtered("referred_by_id"):
            customer = partner.commercial_partner_id
            if customer != partner:
                raise UserError(
                    self.env._(
                        "%(contact)s belongs to %(customer)s: enter there who brought him.",
                        contact=partner.display_name,
                        customer=customer.display_name,
                    )
                )
            chain = partner._get_referral_chain()
            # names of contacts that the user may not read are left out
            named = chain.sudo(self.env.user._is_superuser())._filtered_access("read")
            if partner in chain:
                if partner.referred_by_id.commercial_partner_id == partner:
                    raise ValidationError(
                        self.env._("%(name)s cannot have brought himself.", name=partner.name)
                    )
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be referred by %(referrer)s, whom he has brought himself:"
                        " %(chain)s.",
                        name=partner.name,
                        referrer=partner.referred_by_id.display_name,
                        chain=" ← ".join([partner.name, *named.mapped("name")]),
                    )
                )

    def _get_referral_chain(self):
        """Return the customers who brought this one, nearest first, up to the first who repeats.

        Their rows are locked against a change, so that two users cannot close a loop from both
        ends at once.
        """
        self.ensure_one()
        # sudo: a loop is a loop, whoever may read its members
        chain = self.browse().sudo()
        customer = self.sudo().referred_by_id.commercial_partner_id
        while customer and customer not in chain:
            chain += customer
            customer = customer.referred_by_id.commercial_partner_id
        if chain:
            self.flush_model(["referred_by_id"])
            self.env.execute_query(
                SQL("SELECT id FROM res_partner WHERE id = ANY(%s) FOR SHARE", chain.ids)
            )
        return chain

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        noted = {vals["referred_by_id"] for vals in vals_list if vals.get("referred_by_id")}
        if noted and not self.env.su:
            # whoever may not read a contact must not learn its name by noting it
            self.browse(noted).check_access("read")
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("referred_by_id") and not self.env.su:
            self.browse(vals["referred_by_id"]).check_access("read")
        result = super().write(vals)
        if "parent_id" in vals or "is_company" in vals:
            self._pass_referral_on()
            self._open_referral_loops()
        return result

    def action_view_referrals(self):
        """Open the customers that this customer and his contacts have brought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.res_partner_action_referral"
        )
        name = self.env._("Brought by %(customer)s", customer=self.commercial_partner_id.name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": [
                ("referred_by_id.commercial_partner_id", "=", self.commercial_partner_id.id)
            ],
            "context": {},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _pass_referral_on(self):
        """Whoever has become the contact of a customer hands on who brought him."""
        # sudo: it goes along whoever files the contact
        for partner in self.sudo().filtered("referred_by_id"):
            customer = partner.commercial_partner_id
            if customer != partner:
                # it changes the customer, too
                customer.sudo(self.env.su).check_access("write")
                referrer = partner.referred_by_id
                partner.referred_by_id = False
                customer._take_referrer(referrer)

    def _open_referral_loops(self):
        """A contact who changed to another customer may have closed a loop by whom he brought."""
        # sudo: a loop is a loop, whoever files the contact
        for customer in self.sudo().commercial_partner_id:
            if customer.referred_by_id and customer in customer._get_referral_chain():
                customer.referred_by_id = False

    def _take_referrer(self, referrer):
        """Note who brought this customer, unless somebody is noted, or it cannot be.

        :return: whether it was noted
        """
        self.ensure_one()
        # sudo: what is known of the lead holds for the customer, whoever converts it
        customer = self.sudo().commercial_partner_id
        chain = referrer.sudo().commercial_partner_id
        if not chain or customer.referred_by_id or chain == customer:
            return False
        if customer in chain._get_referral_chain():
            return False
        # contacts of one company are not named to the others
        if referrer.sudo().company_id not in (customer.company_id, self.env["res.company"]):
            return False
        customer.referred_by_id = referrer
        return True
