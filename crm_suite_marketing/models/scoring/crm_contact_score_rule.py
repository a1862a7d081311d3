from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.crm_suite.models.mixins.filter_guard import FILTER_ERRORS

LONGEST_HALF_LIFE = 3650
MOST_POINTS = 1000
ORDER_EVENTS = ("quotation", "order")
# events that name an address on the web
URL_EVENTS = ("click", "visit", "form")
MAIL_EVENTS = ("open", "click", "reply", "unsubscribe", "complaint", "bounce")
# Changing one of these changes scores
DEFINITION_FIELDS = frozenset(
    (
        "active",
        "kind",
        "event",
        "is_sure",
        "mailing_id",
        "campaign_id",
        "url_part",
        "web_form_id",
        "domain",
        "points",
        "half_life",
        "cap",
        "repetition",
        "most",
        "company_id",
    )
)


class CrmContactScoreRule(models.Model):
    """Something that a contact does, or is, and how many points it is worth.

    The filter of a rule on who a contact is looks at contacts with the rights of its owner: who
    changed the filter last. So nobody sees by points what he may not see.
    """

    _name = "crm.contact.score.rule"
    _description = "Contact Score Rule"
    _inherit = ["crm.filter.mixin"]
    _order = "kind, sequence, id"

    name = fields.Char("Reason", required=True, translate=True, help="What people read as reason.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("engagement", "What the contact does"), ("fit", "Who the contact is")],
        string="About",
        required=True,
        default="engagement",
    )
    event = fields.Selection(
        [
            ("open", "Opened a mail"),
            ("click", "Clicked a link"),
            ("reply", "Replied"),
            ("unsubscribe", "Unsubscribed"),
            ("complaint", "Reported as spam"),
            ("bounce", "Mail bounced"),
            ("visit", "Visited a page"),
            ("form", "Sent a form"),
            ("quotation", "Got a quotation"),
            ("order", "Ordered"),
        ],
        default="click",
    )
    is_sure = fields.Boolean(
        "Only If Certainly a Person",
        help="Some mail programs load every picture, so nobody knows who opened a mail. What is "
        "certainly a program never counts.",
    )
    mailing_id = fields.Many2one(
        "mailing.mailing",
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: all mailings.",
    )
    campaign_id = fields.Many2one(
        "utm.campaign", ondelete="cascade", index="btree_not_null", help="Empty: all campaigns."
    )
    url_part = fields.Char("Address Contains", help="Such as /pricing. Empty: all pages.")
    web_form_id = fields.Many2one(
        "crm.web.form",
        "Form",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: any form.",
    )
    points = fields.Integer(required=True, default=5, help="Negative points lower the score.")
    half_life = fields.Integer(
        "Halves Every",
        default=30,
        aggregator=None,
        help="Days after which the points count half; after twice the time a quarter, and so on. "
        "0: they never fade.",
    )
    cap = fields.Integer(
        "At Most", aggregator=None, help="Points that it all counts at most. 0: no limit."
    )
    repetition = fields.Selection(
        [
            ("each", "Each time"),
            ("day", "Once a day"),
            ("once", "Once, the latest"),
            ("limit", "The latest times"),
        ],
        string="Counts",
        required=True,
        default="each",
    )
    most = fields.Integer("Times", default=3, aggregator=None)
    domain = fields.Char("Filter", default="[]")
    domain_lang = fields.Char(help="Names in the filter are in the language of who wrote it.")
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        help="Who changed the filter last. It sees the contacts that he may see.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: all companies. Else: what happened with this company, and its contacts.",
    )
    run_error = fields.Char("Problem", readonly=True, copy=False)
    contact_count = fields.Integer("Contacts", compute="_compute_contact_count")

    _check_half_life = models.Constraint(
        f"CHECK(half_life BETWEEN 0 AND {LONGEST_HALF_LIFE})",
        f"Points halve after 0 (never) to {LONGEST_HALF_LIFE} days.",
    )
    _check_points = models.Constraint(
        f"CHECK(points BETWEEN -{MOST_POINTS} AND {MOST_POINTS} AND points <> 0)",
        f"A rule gives between -{MOST_POINTS} and {MOST_POINTS} points, and not 0.",
    )
    _check_cap = models.Constraint(
        "CHECK(cap BETWEEN 0 AND 100000)", "The limit of a rule is between 0 and 100000 points."
    )
    _check_most = models.Constraint(
        "CHECK(repetition <> 'limit' OR most BETWEEN 1 AND 1000)",
        "The latest 1 to 1000 times count.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_contact_count(self):
        counts = dict(
            self.env["crm.contact.score.entry"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.contact_count = counts.get(rule, 0)

    @api.constrains(*DEFINITION_FIELDS)
    def _check_works(self):
        for rule in self.filtered("active"):
            problem = False
            if rule.kind == "fit":
                problem = rule._find_problem(rule._parse_domain, "res.partner", rule.domain_lang)
            elif not rule.event:
                problem = self.env._("choose what the contact does.")
            if problem:
                raise ValidationError(
                    self.env._("Rule “%(rule)s”: %(problem)s", rule=rule.name, problem=problem)
                )

    @api.onchange("event")
    def _onchange_event(self):
        """What would be left over from another event must not hide every fact."""
        if self.event not in URL_EVENTS:
            self.url_part = False
        if self.event not in MAIL_EVENTS:
            self.mailing_id = False
        if self.event != "form":
            self.web_form_id = False

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._own_filter(vals)
        rules = super().create([self._clean(vals) for vals in vals_list])
        self._rules_changed()
        return rules

    def write(self, vals):
        vals = self._clean(vals)
        if "domain" in vals or "user_id" in vals:
            self._own_filter(vals)
        result = super().write(vals)
        if DEFINITION_FIELDS & set(vals):
            super().write({"run_error": False})
            self._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._rules_changed()
        return result

    def _own_filter(self, vals):
        """A filter looks with the rights of who wrote it: nobody lends himself those of others."""
        if not self.env.su:
            vals["user_id"] = self.env.uid
        if "domain" in vals:
            vals.setdefault("domain_lang", self.env.lang)

    def _clean(self, vals):
        if "url_part" in vals:
            vals = vals | {"url_part": (vals["url_part"] or "").strip() or False}
        return vals

    @api.model
    def _rules_changed(self):
        """Forget the cached rules, and have everybody scored anew."""
        self.env.registry.clear_cache()
        self.env["crm.contact.score.engine"]._note_change()

    def action_view_contacts(self):
        """Open the contacts that have points from this rule."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.contact.score",
            "view_mode": "list,form",
            "domain": [("entry_ids.rule_id", "=", self.id)],
        }

    # ------------------------------------------------------------------
    # What a rule looks at
    # ------------------------------------------------------------------

    def _is_of_orders(self):
        self.ensure_one()
        return self.event in ORDER_EVENTS

    def _get_contact_query(self, partner_ids=None):
        """Return the query on the contacts for whom a rule on who they are holds.

        :param partner_ids: look at these only; None: at all
        :raise UserError: when the owner may not look any more
        """
        self.ensure_one()
        owner = self.user_id
        if owner.id != SUPERUSER_ID and (not owner.active or not owner._is_internal()):
            raise UserError(
                self.env._(
                    "the owner %(owner)s is no active employee any more. Save the filter again.",
                    owner=owner.name,
                )
            )
        companies = self.company_id or owner.company_ids
        context = {
            "active_test": True,
            "allowed_company_ids": companies.ids,
            "lang": self.domain_lang or owner.lang or "en_US",
            "tz": owner.tz or "UTC",
        }
        # sudo: off, but for the system itself: the rights of the owner decide
        contacts = self.env["res.partner"].with_user(owner).sudo(owner.id == SUPERUSER_ID)
        contacts = contacts.with_context(context)  # pylint: disable=context-overridden
        domain = self._parse_domain()
        self.env["crm.segment.filter.mixin"]._check_fields(domain, contacts)
        domain &= Domain("active", "=", True) & Domain("partner_share", "=", True)
        if self.company_id:
            domain &= Domain("company_id", "in", [False, self.company_id.id])
        if partner_ids is not None:
            domain &= Domain("id", "in", list(partner_ids))
        return contacts._search(domain)

    @api.model
    @tools.ormcache()
    def _get_used_fields(self):
        """Return the fields of contacts that filters look at: whoever changes one of them may
        change a score.
        """
        used = {"active", "company_id"}
        # sudo: whoever changes a contact need not read the rules
        for rule in self.sudo().search([("kind", "=", "fit")]):
            try:
                conditions = rule._parse_domain().iter_conditions()
                used.update(condition.field_expr.split(".")[0] for condition in conditions)
            except FILTER_ERRORS:
                continue
        return frozenset(used)
