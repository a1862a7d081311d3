from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..attribution.readers import REVENUE_READERS
from . import measures

# What the system alone writes
SYSTEM_FIELDS = ("ab_bucket_low", "ab_bucket_high", "ab_is_final")
# What makes a mailing a variant of its test
MEMBERSHIP_FIELDS = ("ab_testing_enabled", "campaign_id", "mailing_type", "delivery_engine")


class MailingMailing(models.Model):
    """A variant of an A/B test keeps its people.

    By core, a variant draws its sample anew each time it is put in the queue (a retry, a job that
    ran out of time). By CRM Suite, an address falls into a bucket by its hash, and the variant has
    a range of buckets from the launch on.
    """

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    ab_bucket_low = fields.Integer("First Bucket", readonly=True, copy=False)
    ab_bucket_high = fields.Integer("Bucket after the Last", readonly=True, copy=False)
    ab_is_final = fields.Boolean(
        "Goes to the Rest",
        readonly=True,
        copy=False,
        help="The winner of an A/B test, on its way to those who got no variant.",
    )
    ab_order_count = fields.Integer("Customers who Ordered", compute="_compute_ab_business")
    ab_order_revenue = fields.Float(
        "Revenue of Orders", compute="_compute_ab_business", groups=REVENUE_READERS
    )

    ab_may_decide = fields.Boolean("Can Be Decided by You", compute="_compute_ab_may_decide")

    @api.depends_context("uid")
    @api.depends("delivery_engine", "mailing_type")
    def _compute_ab_may_decide(self):
        may_decide = self.env["utm.campaign"]._may_decide_ab()
        for mailing in self:
            mailing.ab_may_decide = may_decide or not mailing._uses_suite()

    def _compute_ab_business(self):
        company = self.env.company
        counts = measures.count_business(self.env, self, company) if self.ids else {}
        for mailing in self:
            found = counts.get(mailing.id)
            mailing.ab_order_count = found["orders"] if found else 0
            mailing.ab_order_revenue = found["revenue"][0] if found else 0.0

    # ------------------------------------------------------------------
    # Nobody moves a variant that has its people
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mailings = super().create(vals_list)
        # not by the values alone: defaults may come with the context
        if not self.env.su and any(mailing[name] for mailing in mailings for name in SYSTEM_FIELDS):
            raise AccessError(self.env._("Only the launch gives a variant its people."))
        return mailings

    def write(self, vals):
        if not self.env.su and any(name in vals for name in SYSTEM_FIELDS):
            raise AccessError(self.env._("Only the launch gives a variant its people."))
        placed = self.filtered("ab_bucket_high")
        if placed and "ab_testing_pc" in vals:
            placed._check_ab_share_unchanged(vals["ab_testing_pc"])
        if vals.get("ab_testing_enabled"):
            self._check_may_enter()
        leaving = placed.filtered(lambda mailing: mailing._leaves_ab_test(vals))
        if leaving:
            leaving._check_not_launched()
            # sudo: nobody writes the buckets by hand
            leaving.sudo().write({"ab_bucket_low": 0, "ab_bucket_high": 0})
        return super().write(vals)

    def _check_may_enter(self):
        """Refuse a mailing that has gone: a test knows people by another key, so somebody would get
        it twice.
        """
        for mailing in self:
            if (
                not mailing.ab_testing_enabled
                and mailing._uses_suite()
                and mailing._has_deliveries()
            ):
                raise UserError(
                    self.env._(
                        "“%s” has been launched and cannot become a variant of an A/B test any "
                        "more. Duplicate it.",
                        mailing.subject,
                    )
                )

    def _check_ab_share_unchanged(self, percentage):
        for mailing in self:
            if mailing.ab_testing_pc != percentage:
                raise UserError(
                    self.env._(
                        "The shares of the test “%s” were fixed when its first variant was "
                        "launched, so that everybody keeps the variant he has. Make another "
                        "variant if you need one: it gets people who have none yet.",
                        mailing.campaign_id.display_name,
                    )
                )

    def _leaves_ab_test(self, vals):
        self.ensure_one()
        for name in MEMBERSHIP_FIELDS:
            if name in vals and self._fields[name].convert_to_write(self[name], self) != vals[name]:
                return True
        return False

    def _check_not_launched(self):
        for mailing in self:
            if mailing._is_ab_launched():
                raise UserError(
                    self.env._(
                        "“%s” has been launched as a variant of an A/B test and stays one.",
                        mailing.subject,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_launched_variant(self):
        for mailing in self:
            if mailing.ab_bucket_high and mailing._is_ab_launched():
                raise UserError(
                    self.env._(
                        "“%s” has been launched as a variant of an A/B test: without it nobody "
                        "knows who got it. Archive it instead.",
                        mailing.subject,
                    )
                )

    # ------------------------------------------------------------------
    # Who gets it
    # ------------------------------------------------------------------

    def _is_in_ab_test(self):
        """Whether it is part of a test that CRM Suite runs."""
        self.ensure_one()
        return bool(self.ab_testing_enabled and self.campaign_id and self._uses_suite())

    def _is_ab_launched(self):
        self.ensure_one()
        return self.state != "draft" or self._has_deliveries()

    def _get_bucket_range(self):
        if not self._is_in_ab_test():
            return super()._get_bucket_range()
        # sudo: whoever launches need not see the set-up of the campaign
        campaign = self.campaign_id.sudo()
        if self.ab_is_final:
            return campaign._get_ab_rest()
        if self.ab_bucket_high:
            return self.ab_bucket_low, self.ab_bucket_high
        return campaign._plan_ab_shares()[1].get(self.id, (0, 0))

    def _get_holdout_range(self):
        if not self._is_in_ab_test():
            return super()._get_holdout_range()
        # sudo: whoever launches need not see the set-up of the campaign
        campaign = self.campaign_id.sudo()
        high = campaign.ab_holdout_high
        if not campaign.ab_shares_fixed_on:
            high = campaign._plan_ab_shares()[0]
        return (0, high) if high else None

    def _freeze_audience(self, res_ids=None):
        if self._is_in_ab_test() and not self.ab_is_final:
            # sudo: the launch fixes the shares, whoever launches
            self.campaign_id.sudo()._fix_ab_shares(self)
        return super()._freeze_audience(res_ids)

    def action_put_in_queue(self):
        for mailing in self:
            if mailing._is_in_ab_test() and not mailing.ab_is_final:
                # sudo: only to compare it with the other variants
                mailing.campaign_id.sudo()._check_ab_launch(mailing)
        return super().action_put_in_queue()

    # ------------------------------------------------------------------
    # The winner
    # ------------------------------------------------------------------

    @api.depends("campaign_id.ab_state", "campaign_id.ab_testing_winner_mailing_id.state")
    def _compute_ab_testing_description(self):
        """Core says that the winner has been sent, whether anybody was left or not."""
        result = super()._compute_ab_testing_description()
        for mailing in self:
            # sudo: who reads the mailing may know how the test ended; it names nobody
            campaign = mailing.campaign_id.sudo()
            if mailing._is_in_ab_test() and campaign.ab_state == "decided":
                words = Markup("<p>%s</p>") % campaign._describe_ab_winner()
                mailing.ab_testing_description = words
        return result

    def action_select_as_winner(self):
        """Choose this variant by hand, at any time after the launch."""
        self.ensure_one()
        if not self._is_in_ab_test():
            return super().action_select_as_winner()
        self.check_access("write")
        self.campaign_id._check_may_choose_ab_winner()
        # sudo: nobody writes the decision by hand; who may choose has been asked
        return self.campaign_id.sudo()._choose_ab_winner(self, "hand")

    def action_send_winner_mailing(self):
        """Choose the variant that leads now."""
        suite = self.filtered(lambda mailing: mailing._is_in_ab_test())
        if not suite:
            return super().action_send_winner_mailing()
        if self.env.context.get("ab_test_of_core"):
            # ours are decided by a job of their own
            return False
        suite.check_access("write")
        suite.campaign_id._check_may_choose_ab_winner()
        # sudo: nobody writes the decision by hand; who may choose has been asked
        return suite.campaign_id.ensure_one().sudo()._choose_ab_leader()

    def action_compare_versions(self):
        self.ensure_one()
        if not self._is_in_ab_test():
            return super().action_compare_versions()
        return self.campaign_id.action_view_ab_test()
