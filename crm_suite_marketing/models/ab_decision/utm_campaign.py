import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite.lib.attempt import attempt
from odoo.addons.crm_suite.lib.mail_guard import RETRIED

from ...lib import ab_test
from ..ab_test import measures

_logger = logging.getLogger(__name__)

# As long after the decision the results of everybody against the hold-out group are counted
COUNTED_DAYS = 90


class UtmCampaign(models.Model):
    """How an A/B test is counted and decided."""

    _inherit = "utm.campaign"  # pylint: disable=consider-merging-classes-inherited

    ab_why = fields.Text(
        "Why This One", compute="_compute_ab_why", groups="mass_mailing.group_mass_mailing_user"
    )

    @api.depends_context("lang", "uid")
    @api.depends(
        "ab_state",
        "ab_decision",
        "ab_chosen_id",
        "ab_needed",
        "ab_looks",
        "ab_testing_winner_mailing_id.state",
    )
    def _compute_ab_why(self):
        for campaign in self:
            campaign.ab_why = campaign._describe_ab_state()

    def _describe_ab_state(self):
        """:return: where the test stands, in words"""
        self.ensure_one()
        env = self.env
        if self.ab_state == "decided":
            return self._describe_ab_decision()
        if self.ab_state == "draft":
            return env._(
                "Launch the variants. With the first one the shares and the hold-out group are "
                "fixed: from then on everybody keeps what he got."
            )
        unsent = self._get_ab_variants().filtered(lambda one: one.state != "done")
        if unsent:
            return env._(
                "These variants are not sent completely: %s. Until they are, nobody wins by "
                "itself.",
                ", ".join(unsent.mapped("subject")),
            )
        needed = self.ab_needed and env._(
            "Each variant needs about %s recipients to notice the smallest gain that matters.",
            self.ab_needed,
        )
        words = {
            "running": env._("The variants are sent. The winner is chosen at the planned time."),
            "waiting": env._(
                "At the planned time there was not enough data. The results are looked at again "
                "once a day."
            ),
            "person": env._("There is not enough data. Choose the winner yourself, or plan later."),
        }[self.ab_state]
        return f"{words} {needed}" if needed else words

    def _describe_ab_decision(self):
        env, words = self.env, self._describe_ab_winner()
        best = self.ab_decision_result_ids.filtered("is_winner")[:1]
        if not best.interval_text:
            return words
        measure = dict(self._fields["ab_testing_winner_selection"]._description_selection(env)).get(
            self.ab_testing_winner_selection, ""
        )
        return env._(
            "%(words)s %(measure)s: %(interval)s.",
            words=words,
            measure=measure,
            interval=best.interval_text,
        )

    def _describe_ab_winner(self):
        """:return: who won, why, and what became of the rest; no figures, which are not for all"""
        env = self.env
        words = {
            "clear": env._("It was better than all other variants, and this is hardly chance."),
            "even": env._(
                "There was enough data, and no difference that matters: the leading one was sent."
            ),
            "best": env._("There was not enough data. By the rule of this test the best one won."),
            "hand": env._("%s chose it.", self.ab_decided_by_id.display_name or env._("A person")),
        }.get(self.ab_decision, "")
        words = env._(
            "“%(winner)s” won. %(why)s", winner=self.ab_chosen_id.display_name or "", why=words
        )
        return f"{words} {self._describe_ab_rest()}"

    def _describe_ab_rest(self):
        """:return: what became of those who had got no variant, in words"""
        final = self.ab_testing_winner_mailing_id.filtered("ab_is_final")
        if not final:
            return self.env._("Everybody had got a variant by then, so nothing more is sent.")
        # sudo: whether somebody stopped it, no more
        rows = self.env["crm.outbox"].sudo()
        stopped = [("mailing_id", "=", final.id), ("reason", "=", "cancelled")]
        if final.is_paused:
            return self.env._("It was paused on its way to those who were left.")
        if final.state == "done" and rows.search_count(stopped, limit=1):
            return self.env._("It was cancelled before everybody who was left had got it.")
        return {
            "done": self.env._("It was sent to everybody who was left."),
            "draft": self.env._("It has not been sent to those who are left: it is a draft."),
        }.get(final.state, self.env._("It is on its way to everybody who was left."))

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------

    def _get_ab_measure(self):
        """Return what the winner is chosen by; by hand, people look at clicks first."""
        return measures.MEASURES.get(self.ab_testing_winner_selection, "clicked")

    def _count_ab_results(self):
        """Count the groups of the test, and judge.

        :return: ``(variants, Judgement)``. Where deliveries are gone, what was counted last stays.
        """
        self.ensure_one()
        variants = self._get_ab_variants().filtered("ab_bucket_high")
        final = self.ab_testing_winner_mailing_id.filtered("ab_is_final")
        everything = variants | final
        reactions = measures.count_reactions(self.env, everything)
        company = self._get_ab_company()
        business = measures.count_business(self.env, everything, company)
        measure = self._get_ab_measure()
        counts = {
            mailing: {"sent": 0, "opened": 0, "clicked": 0, "replied": 0}
            | reactions.get(mailing.id, {})
            | business[mailing.id]
            for mailing in everything
        }
        samples = [
            measures.make_sample(measure, counts[one], counts[one]["sent"]) for one in variants
        ]
        judgement = ab_test.judge(
            samples or [ab_test.Rate(0, 0)],
            confidence=int(self.ab_confidence) / 100,
            lift=self.ab_min_lift / 100,
            looks=1 + (self.ab_wait_days if self.ab_policy == "wait" else 0),
        )
        if reactions:
            rows = {
                mailing: self._prepare_ab_group(mailing, counts[mailing], measure)
                for mailing in everything
            }
            for place, variant in enumerate(variants):
                p = judgement.p_values[place]
                rows[variant] |= {
                    "verdict": judgement.verdicts[place],
                    "p_value": -1.0 if p is None else p,
                }
            self._compare_with_holdout(rows, everything, company)
            for row in rows.values():
                row["company_id"] = company.id
            self._write_ab_results(rows)
            self.write({"ab_needed": judgement.needed or 0, "ab_counted_on": fields.Datetime.now()})
        return variants, judgement

    def _prepare_ab_group(self, mailing, counts, measure):
        sent = counts["sent"]
        confidence = int(self.ab_confidence) / 100
        sample = measures.make_sample(measure, counts, sent)
        is_amount = measure in measures.AMOUNTS
        get_interval = ab_test.get_amount_interval if is_amount else ab_test.get_rate_interval
        low, high = get_interval(sample, confidence)
        final = mailing.ab_is_final
        share = self._get_ab_rest() if final else (mailing.ab_bucket_low, mailing.ab_bucket_high)
        values = {
            "role": "final" if final else "variant",
            "sequence": 100 if final else 10,
            "share": (share[1] - share[0]) * 100 / ab_test.BUCKETS,
            "is_winner": mailing == self.ab_chosen_id,
            "people": sent,
            "revenue": counts["revenue"][0],
            "revenue_rate": counts["revenue"][0] / sent if sent else 0.0,
            "is_amount": is_amount,
            "value": sample.value,
            "low": low,
            "high": high,
        }
        rates = {
            "opened": "open_rate",
            "clicked": "click_rate",
            "replied": "reply_rate",
            "leads": "lead_rate",
            "orders": "order_rate",
        }
        for name, rate in rates.items():
            values[name] = counts[name]
            values[rate] = ab_test.Rate(min(counts[name], sent), sent).value * 100
        return values

    def _compare_with_holdout(self, rows, mailings, company):
        """Add the group that got nothing, and how much more the others brought."""
        since = self.ab_shares_fixed_on
        if not self.ab_holdout_high or not since:
            return
        outcome = measures.OUTCOMES.get(self._get_ab_measure(), "orders")
        found = measures.count_outcomes(self.env, self, mailings, company, since)
        confidence = int(self.ab_confidence) / 100
        get_lift = ab_test.get_amount_lift if outcome == "revenue" else ab_test.get_rate_lift
        nobody = self.env["mailing.mailing"]
        held = found.get(0, {"people": 0})
        without = measures.make_sample(outcome, held, held["people"])
        rows[nobody] = {
            "role": "holdout",
            "sequence": 200,
            "share": self.ab_holdout_high * 100 / ab_test.BUCKETS,
            "people": held["people"],
            "outcome": outcome,
            "outcome_rate": without.value,
        }
        for mailing in mailings:
            reached = found.get(mailing.id, {"people": 0})
            sample = measures.make_sample(outcome, reached, reached["people"])
            low, high = get_lift(sample, without, confidence)
            rows[mailing] |= {
                "outcome": outcome,
                "outcome_rate": sample.value,
                "has_lift": bool(sample.trials and without.trials),
                "lift": sample.value - without.value,
                "lift_low": low,
                "lift_high": high,
            }

    def _write_ab_results(self, rows):
        Result = self.env["crm.ab.result"]
        known = {result.mailing_id: result for result in self.ab_result_ids}
        new = []
        for mailing, values in rows.items():
            if mailing in known:
                known[mailing].write(values)
            else:
                new.append({"campaign_id": self.id, "mailing_id": mailing.id, **values})
        Result.create(new)
        gone = [result.id for mailing, result in known.items() if mailing not in rows]
        Result.browse(gone).unlink()
        self.invalidate_recordset(["ab_result_ids"])

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------

    def _plan_ab_decision(self):
        cron = self.env.ref("crm_suite_marketing.ir_cron_ab_test")
        at = [one.ab_testing_schedule_datetime for one in self if one.ab_testing_schedule_datetime]
        if at:
            cron._trigger(at=at)

    @api.model
    def _cron_process_mass_mailing_ab_testing(self):
        """Core decides the tests that Odoo sends; ours are left to `_cron_decide_ab_tests`."""
        core = self.with_context(ab_test_of_core=True)
        return super(UtmCampaign, core)._cron_process_mass_mailing_ab_testing()

    @api.model
    def _cron_decide_ab_tests(self, limit=100):
        """Decide the tests that are due, each by itself, and count the others."""
        now = fields.Datetime.now()
        due = self.search(
            [
                ("ab_state", "in", ("running", "waiting")),
                ("ab_testing_schedule_datetime", "<=", now),
                ("ab_testing_winner_selection", "!=", "manual"),
            ],
            order="ab_testing_schedule_datetime, id",
            limit=limit,
        )
        open_states = [("ab_state", "in", ("running", "waiting", "person"))]
        recent = [
            ("ab_state", "=", "decided"),
            ("ab_decided_on", ">=", now - timedelta(days=COUNTED_DAYS)),
        ]
        others = self.search(
            ["|", *open_states, "&", *recent, ("id", "not in", due.ids)],
            order="ab_counted_on nulls first, id",
            limit=limit,
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due) + len(others))
        for campaign in due:
            campaign._settle_safely(campaign._settle_ab_test)
            self.env["ir.cron"]._commit_progress(processed=1)
        for campaign in others:
            campaign._settle_safely(campaign._count_ab_results)
            self.env["ir.cron"]._commit_progress(processed=1)

    def _settle_safely(self, method):
        """Do it for this campaign; one that fails says so on its page and stops nobody else."""
        self.ensure_one()
        try:
            with attempt(self.env.cr, _logger, "A/B test %s is not decided", self.id) as trial:
                method()
        except RETRIED:
            # somebody else is at it: the next run sees what he did
            self.env.invalidate_all()
            _logger.info("A/B test %s is decided by somebody else just now", self.id)
            return
        problem = str(trial.error) if trial.error else False
        if trial.error:
            self.env.invalidate_all()
        if self.ab_problem != problem:
            self.ab_problem = problem

    def _settle_ab_test(self):
        """When it is time: choose the winner, or do what the test says without enough data."""
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            return
        self.invalidate_recordset()
        if self.ab_state not in ("running", "waiting"):
            return
        now, planned = fields.Datetime.now(), self.ab_testing_schedule_datetime
        if now < planned + timedelta(days=self.ab_looks):
            return
        variants, judgement = self._count_ab_results()
        if self._get_ab_variants().filtered(lambda one: one.state != "done"):
            if now >= planned + timedelta(days=max(self.ab_wait_days, 1)):
                self._ask_person()
            return
        leader = None if judgement.leader is None else variants[judgement.leader]
        if leader and judgement.status in ("clear", "even"):
            self._choose_ab_winner(leader, judgement.status)
        elif leader and self.ab_policy == "best":
            self._choose_ab_winner(leader, "best")
        elif self.ab_policy == "wait" and self.ab_looks < self.ab_wait_days:
            self.write({"ab_state": "waiting", "ab_looks": self.ab_looks + 1})
        else:
            self._ask_person()

    def _ask_person(self):
        self.ensure_one()
        self.ab_state = "person"
        mailing = self._get_ab_variants()[:1]
        user = mailing.user_id or self.user_id
        spoken = self.with_context(lang=user.lang or self.env.lang)
        if mailing:
            mailing.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=spoken.env._("Choose the winner of “%s”", spoken.display_name),
                note=spoken._describe_ab_state(),
            )

    def _choose_ab_leader(self):
        """By hand: whichever variant leads now."""
        self.ensure_one()
        self._check_ab_choosable()
        variants, judgement = self._count_ab_results()
        if judgement.leader is None:
            raise UserError(
                self.env._("No variant of “%s” has been sent to anybody yet.", self.display_name)
            )
        return self._choose_ab_winner(variants[judgement.leader], "hand")

    def _choose_ab_winner(self, variant, decision):
        """Choose this variant, once: keep the figures of this moment, and send it to the rest.

        :param str decision: why, one of `ab_decision`
        :return: action that shows what goes out now
        :raise UserError: when there is a winner already, or nothing has been launched
        """
        self.ensure_one()
        self._lock_ab_test()
        self._check_ab_choosable()
        if variant not in self._get_ab_variants():
            raise UserError(self.env._("“%s” is no variant of this test.", variant.subject))
        self.write(
            {
                "ab_state": "decided",
                "ab_decision": decision,
                "ab_chosen_id": variant.id,
                "ab_decided_on": fields.Datetime.now(),
                "ab_decided_by_id": self.env.uid if decision == "hand" else False,
                "ab_problem": False,
            }
        )
        self._count_ab_results()
        self.ab_result_ids.copy({"phase": "decision"})
        return self._send_ab_winner(variant)

    def _check_ab_choosable(self):
        """:raise UserError: when there is a winner already, or nothing has been launched"""
        if self.ab_state == "decided":
            raise UserError(
                self.env._(
                    "The winner of “%(test)s” is chosen already: “%(winner)s”.",
                    test=self.display_name,
                    winner=self.ab_chosen_id.display_name or "",
                )
            )
        if self.ab_state == "draft":
            raise UserError(
                self.env._(
                    "No variant of “%s” has been launched: there is nothing to choose from.",
                    self.display_name,
                )
            )

    def _send_ab_winner(self, variant):
        # what is sent is sent with the rights of who chose, or of the job
        own = self.env(su=False)
        low, high = self._get_ab_rest()
        if low >= high:
            # everybody has got a variant
            self.ab_testing_winner_mailing_id = variant
            return self.with_env(own).action_view_ab_test()
        final = variant.with_env(own).copy(
            {
                "name": self.env._("%s (final)", variant.name),
                "ab_testing_pc": 100,
                # archived variants may win
                "active": True,
            }
        )
        # sudo: nobody writes it by hand; the job sends with the rights of who launched the variant
        final.sudo().write(
            {"ab_is_final": True, "launched_by_id": variant.sudo().launched_by_id.id}
        )
        self.ab_testing_winner_mailing_id = final
        final.action_launch()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mass_mailing.action_ab_testing_open_winner_mailing"
        )
        return action | {"res_id": final.id}
