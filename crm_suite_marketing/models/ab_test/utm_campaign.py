from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...lib import ab_test

GROUP = "mass_mailing.group_mass_mailing_user"
STATES = [
    ("draft", "Being Prepared"),
    ("running", "Running"),
    ("waiting", "Waiting for More Data"),
    ("person", "A Person Decides"),
    ("decided", "Decided"),
]
POLICIES = [
    ("wait", "Wait longer"),
    ("best", "Send the best so far"),
    ("person", "A person decides"),
]
# What the system alone writes
SYSTEM_FIELDS = (
    "ab_state",
    "ab_shares_fixed_on",
    "ab_holdout_high",
    "ab_looks",
    "ab_needed",
    "ab_counted_on",
    "ab_decided_on",
    "ab_decided_by_id",
    "ab_decision",
    "ab_chosen_id",
    "ab_problem",
)
# How the winner is found, and for whom it is counted: of a running test not everybody's to change
RULE_FIELDS = ("ab_testing_winner_selection", "ab_testing_schedule_datetime", "company_id")
ORDER_SELECTION = [
    ("ab_order_count", "Orders"),
    ("ab_order_revenue", "Revenue of Orders per Recipient"),
]
ON_DELETE = {key: "set default" for key, _label in ORDER_SELECTION}


class UtmCampaign(models.Model):
    """The set-up of an A/B test: who gets a variant, who gets nothing, and how the winner is found.

    Core keeps a test on the campaign that its variants share, and so do we.
    """

    _inherit = "utm.campaign"

    ab_testing_winner_selection = fields.Selection(
        selection_add=ORDER_SELECTION, ondelete=ON_DELETE
    )
    ab_mailing_ids = fields.One2many(
        "mailing.mailing",
        "campaign_id",
        "Variants",
        domain=[
            ("ab_testing_enabled", "=", True),
            ("mailing_type", "=", "mail"),
            ("delivery_engine", "=", "suite"),
        ],
        groups=GROUP,
    )
    ab_holdout_pc = fields.Float(
        "Hold-Out Group (%)",
        digits=(5, 2),
        groups=GROUP,
        help="This part of the people gets neither a variant nor the winner. What they buy all the "
        "same shows what the mailing really brought.",
    )
    ab_policy = fields.Selection(
        POLICIES,
        "Without Enough Data",
        default="wait",
        required=True,
        groups=GROUP,
        help="What happens when at the planned time no variant can be called better than the "
        "others.",
    )
    ab_wait_days = fields.Integer(
        "Wait for Days",
        default=3,
        groups=GROUP,
        help="So many days the results are looked at again, once a day. Then a person decides.",
    )
    ab_confidence = fields.Selection(
        [("90", "90 %"), ("95", "95 %"), ("99", "99 %")],
        "Confidence",
        default="95",
        required=True,
        groups=GROUP,
        help="How seldom a difference that is only chance may be taken for a real one.",
    )
    ab_min_lift = fields.Float(
        "Smallest Gain that Matters (%)",
        default=20.0,
        digits=(5, 1),
        groups=GROUP,
        help="20: from 10 % who open to 12 %. The smaller the gain to be noticed, the more people "
        "the test needs.",
    )

    ab_state = fields.Selection(
        STATES,
        "State of the Test",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        groups=GROUP,
    )
    ab_shares_fixed_on = fields.Datetime("Shares Fixed on", readonly=True, copy=False, groups=GROUP)
    ab_holdout_high = fields.Integer(
        "Buckets of the Hold-Out Group", readonly=True, copy=False, groups=GROUP
    )
    ab_looks = fields.Integer("Times Looked at", readonly=True, copy=False, groups=GROUP)
    ab_needed = fields.Integer(
        "Recipients Each Variant Needs",
        readonly=True,
        copy=False,
        groups=GROUP,
        help="To notice the smallest gain that matters, four times out of five.",
    )
    ab_counted_on = fields.Datetime("Counted on", readonly=True, copy=False, groups=GROUP)
    ab_decided_on = fields.Datetime("Decided on", readonly=True, copy=False, groups=GROUP)
    ab_decided_by_id = fields.Many2one(
        "res.users", "Decided by", readonly=True, copy=False, groups=GROUP
    )
    ab_decision = fields.Selection(
        [
            ("clear", "Better than the others"),
            ("even", "No difference that matters"),
            ("best", "Best so far"),
            ("hand", "Chosen by a person"),
        ],
        "Reason of the Decision",
        readonly=True,
        copy=False,
        groups=GROUP,
    )
    ab_chosen_id = fields.Many2one(
        "mailing.mailing",
        "Winning Variant",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=GROUP,
    )
    ab_problem = fields.Text("Problem", readonly=True, copy=False, groups=GROUP)
    ab_result_ids = fields.One2many(
        "crm.ab.result", "campaign_id", "Results", domain=[("phase", "=", "now")], groups=GROUP
    )
    ab_decision_result_ids = fields.One2many(
        "crm.ab.result",
        "campaign_id",
        "Results at the Decision",
        domain=[("phase", "=", "decision")],
        groups=GROUP,
    )

    _ab_holdout_valid = models.Constraint(
        "CHECK (ab_holdout_pc >= 0 AND ab_holdout_pc < 100)",
        "The hold-out group is a part of the people: from 0 to less than 100 %.",
    )
    _ab_wait_valid = models.Constraint(
        "CHECK (ab_wait_days >= 0 AND ab_wait_days <= 90)", "Wait for 0 to 90 days."
    )
    _ab_lift_valid = models.Constraint(
        "CHECK (ab_min_lift > 0)", "The smallest gain that matters is more than nothing."
    )

    @api.depends("ab_testing_winner_mailing_id")
    def _compute_ab_testing_completed(self):
        # core reads the winner of all campaigns at once, which fails for several
        for campaign in self:
            campaign.ab_testing_completed = bool(campaign.ab_testing_winner_mailing_id)

    # ------------------------------------------------------------------
    # Nobody forges a decision
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        campaigns = super().create(vals_list)
        # not by the values alone: defaults may come with the context
        if not self.env.su and any(
            # sudo: campaigns are made by people who do not see tests
            campaign.ab_state != "draft" or campaign.ab_holdout_high or campaign.ab_decision
            for campaign in campaigns.sudo()
        ):
            raise AccessError(self.env._("Only the system writes how a test goes."))
        return campaigns

    def write(self, vals):
        if not self.env.su:
            self._check_ab_write(vals)
        moved = self.browse()
        if "ab_testing_schedule_datetime" in vals:
            date = fields.Datetime.to_datetime(vals["ab_testing_schedule_datetime"])
            # sudo: whoever may plan the decision may have the results looked at again then
            moved = self.sudo().filtered(
                lambda one: (
                    one.ab_state in ("waiting", "person")
                    and one.ab_testing_schedule_datetime != date
                )
            )
        result = super().write(vals)
        if moved and "ab_state" not in vals:
            moved.write({"ab_state": "running", "ab_looks": 0})
        return result

    def _check_ab_write(self, vals):
        if any(name in vals for name in SYSTEM_FIELDS):
            raise AccessError(self.env._("Only the system writes how a test goes."))
        # sudo: campaigns are written by people who do not see tests
        tests = self.sudo().filtered("ab_shares_fixed_on")
        if tests and "ab_testing_winner_mailing_id" in vals:
            raise AccessError(self.env._("Choose the winner by the button of its variant."))
        self._check_ab_rules(tests, vals)
        for campaign in tests:
            if "ab_holdout_pc" in vals and campaign.ab_holdout_pc != vals["ab_holdout_pc"]:
                raise UserError(
                    self.env._(
                        "The hold-out group of “%s” was fixed when its first variant was "
                        "launched: whoever got a mailing cannot be held out any more.",
                        campaign.display_name,
                    )
                )

    def _check_ab_rules(self, tests, vals):
        """Everybody may write campaigns, but not decide by that who gets which mail."""

        def read(campaign, name, value):
            return self._fields[name].convert_to_cache(value, campaign, validate=False)

        changed = {
            name
            for campaign in tests
            for name in RULE_FIELDS
            if name in vals
            and read(campaign, name, vals[name]) != read(campaign, name, campaign[name])
        }
        if not changed:
            return
        if not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._(
                    "Only who may send mailings changes how the winner of a running test is chosen."
                )
            )
        if "company_id" in changed:
            company = self.env["res.company"].browse(vals["company_id"] or ())
            self._check_ab_companies(tests.company_id | company)

    def _check_ab_companies(self, companies):
        """:raise AccessError: figures of other companies are not counted for a user"""
        if not self.env.su and companies - self.env.user.company_ids:
            raise AccessError(
                self.env._("The results of this test are those of a company that is not yours.")
            )

    def _get_ab_company(self):
        """Return the company whose leads and orders count, whoever counts."""
        self.ensure_one()
        # sudo: of the campaign, or else of who sends it
        campaign = self.sudo()
        sender = campaign._get_ab_variants()[:1]
        return campaign.company_id or (
            sender._get_sending_company() if sender else self.env.company
        )

    # ------------------------------------------------------------------
    # Shares
    # ------------------------------------------------------------------

    def _lock_ab_test(self):
        """Wait until nobody else decides on this test, and read it anew.

        Who waited for somebody that wrote it fails with a conflict, and Odoo runs him once more.
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL("SELECT FROM utm_campaign WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        self.invalidate_recordset()

    def _get_ab_variants(self):
        """Return the variants of the test, without the winner's mailing to the rest."""
        self.ensure_one()
        domain = [
            ("campaign_id", "=", self._origin.id),
            ("ab_testing_enabled", "=", True),
            ("mailing_type", "=", "mail"),
            ("delivery_engine", "=", "suite"),
            ("ab_is_final", "=", False),
            "|",
            ("active", "=", True),
            ("state", "!=", "draft"),
        ]
        Mailing = self.env["mailing.mailing"].with_context(active_test=False)
        return Mailing.search(domain, order="id").with_env(self.env)

    def _plan_ab_shares(self):
        """Return the buckets of the hold-out group, and ``{variant: (low, high)}`` of those that
        have none yet.

        :raise UserError: when together they are more than everybody
        """
        self.ensure_one()
        variants = self._get_ab_variants()
        new = variants.filtered(lambda one: not one.ab_bucket_high and one.ab_testing_pc > 0)
        percentages = new.mapped("ab_testing_pc")
        try:
            if not self.ab_shares_fixed_on:
                percentages = [round(self.ab_holdout_pc, 2), *percentages]
                (_low, holdout), *ranges = ab_test.share_out(percentages)
            else:
                holdout = self.ab_holdout_high
                start = max([holdout, *variants.mapped("ab_bucket_high")])
                ranges = ab_test.share_out(percentages, start)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The variants of “%s” and its hold-out group are together more than 100 %%.",
                    self.display_name,
                )
            ) from error
        return holdout, dict(zip(new.ids, ranges, strict=True))

    def _fix_ab_shares(self, mailing):
        """Give the variants their buckets, once and for all. A variant that is made later gets
        buckets that nobody has.
        """
        self.ensure_one()
        if mailing.ab_bucket_high:
            return
        self._lock_ab_test()
        self._check_ab_launch(mailing)
        holdout, ranges = self._plan_ab_shares()
        for variant in self.env["mailing.mailing"].browse(ranges):
            low, high = ranges[variant.id]
            variant.write({"ab_bucket_low": low, "ab_bucket_high": high})
        if not self.ab_shares_fixed_on:
            self.write(
                {
                    "ab_shares_fixed_on": fields.Datetime.now(),
                    "ab_holdout_high": holdout,
                    "ab_state": "running",
                }
            )
            self._plan_ab_decision()

    def _check_ab_launch(self, mailing):
        """:raise UserError: when this variant cannot be launched"""
        self.ensure_one()
        if self.ab_state == "decided" and not mailing._is_ab_launched():
            raise UserError(
                self.env._(
                    "The test “%s” is decided. Send this mailing without A/B test, or in another "
                    "campaign.",
                    self.display_name,
                )
            )
        if mailing.ab_testing_pc <= 0:
            raise UserError(self.env._("“%s” has no share of the recipients yet.", mailing.subject))
        others = self.mailing_mail_ids.filtered(
            lambda one: one.ab_testing_enabled and not one._uses_suite()
        )
        if others:
            raise UserError(
                self.env._(
                    "“%(one)s” is sent by CRM Suite and “%(other)s” by Odoo. Let one of them send "
                    "all variants of a test.",
                    one=mailing.subject,
                    other=others[0].subject,
                )
            )
        self._plan_ab_shares()

    def _get_ab_rest(self):
        """Return the buckets of the winner: from the first that no launched variant has.

        Who got a variant behind that gets nothing twice: an address has one message of a test.
        """
        self.ensure_one()
        taken = [
            (one.ab_bucket_low, one.ab_bucket_high)
            for one in self._get_ab_variants()
            if one.ab_bucket_high and one._is_ab_launched()
        ]
        return ab_test.get_rest(taken, self.ab_holdout_high)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_ab_test(self):
        """Open the comparison of the variants, counted now."""
        self.ensure_one()
        # everybody reads campaigns, but not their tests
        self.check_access("read")
        self.env["crm.ab.result"].check_access("read")
        self._check_ab_companies(self._get_ab_company())
        # sudo: nobody writes results by hand
        self.sudo()._count_ab_results()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("A/B Test"),
            "res_model": "utm.campaign",
            "res_id": self.id,
            "view_mode": "form",
            "views": [
                (self.env.ref("crm_suite_marketing.utm_campaign_view_form_ab_test").id, "form")
            ],
        }

    def action_count_ab_results(self):
        """Count the results anew."""
        self.check_access("read")
        self.env["crm.ab.result"].check_access("read")
        for campaign in self:
            campaign._check_ab_companies(campaign._get_ab_company())
            # sudo: nobody writes results by hand
            campaign.sudo()._count_ab_results()

    def action_view_ab_results(self):
        """Open the results as a graph."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_ab_result_action"
        )
        return action | {
            "domain": [("campaign_id", "=", self.id), ("phase", "=", "now")],
            "context": {"search_default_now": 0},
        }

    def action_choose_ab_leader(self):
        """Send the variant that leads now to everybody who is left."""
        self.ensure_one()
        self.check_access("write")
        self.ab_mailing_ids.check_access("write")
        self._check_may_choose_ab_winner()
        # sudo: nobody writes the decision by hand; who may choose has been asked
        return self.sudo()._choose_ab_leader()

    @api.model
    def _may_decide_ab(self):
        """Whoever decides about messages decides about all of the rest, too."""
        right = "crm_suite_marketing.group_marketing_user"
        return self.env.su or self.env.user.has_group(right)

    def _check_may_choose_ab_winner(self):
        if not self._may_decide_ab():
            raise AccessError(self.env._("Only marketing users choose the winner of an A/B test."))
