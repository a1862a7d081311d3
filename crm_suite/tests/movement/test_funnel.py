import random
from collections import defaultdict
from statistics import mean, median

from odoo.exceptions import AccessError

from .common import MovementCase

LOSE = {"active": False, "probability": 0}
RESTORE = {"active": True, "probability": 20}


class TestFunnel(MovementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()

    def _walk(self, *steps, start=None, hours=None, **values):
        """Create an opportunity in the first stage and let it go its way.

        :param steps: stages, LOSE or RESTORE
        :param hours: time between the moves, 24 each by default
        """
        lead = self._create_lead(type="opportunity", stage_id=(start or self.new).id, **values)
        for step in steps:
            lead.write(step if isinstance(step, dict) else {"stage_id": step.id})
        self._age(lead, hours or [24] * (len(lead.stage_move_ids) - 1))
        return lead

    def _funnel(self, *measures, user=None, domain=()):
        """{stage: values} of the funnel."""
        report = self.env["crm.funnel.report"].with_user(user or self.alia)
        rows = report._read_group(
            [("stage_id", "in", self.stages.ids), *domain], ["stage_id"], measures
        )
        return {stage.name: values[0] if len(values) == 1 else values for stage, *values in rows}

    def test_reached_and_moved_on(self):
        self._walk()
        self._walk(self.offer)
        self._walk(self.offer, self.talks, self.signed)
        self._walk(self.offer, LOSE)
        self.assertEqual(
            self._funnel("reached:sum", "moved_on:sum", "move_rate:avg", "win_rate:avg"),
            {
                "New": [4, 3, 75.0, 25.0],
                "Offer": [3, 1, 100 / 3, 100 / 3],
                "Talks": [1, 1, 100.0, 100.0],
                "Signed": [1, 0, False, 100.0],
            },
        )
        self.assertEqual(
            self._funnel("still_here:sum", "lost_here:sum", "won:sum"),
            {"New": [1, 0, 1], "Offer": [1, 1, 1], "Talks": [0, 0, 1], "Signed": [0, 0, 1]},
        )

    def test_skipped_stages_were_reached(self):
        self._walk(self.signed)
        self._walk(start=self.talks)
        self.assertEqual(
            self._funnel("reached:sum", "entered:sum", "skipped:sum", "days:avg"),
            {
                "New": [2, 1, 1, 1.0],
                "Offer": [2, 0, 2, False],
                "Talks": [2, 1, 1, False],
                "Signed": [1, 1, 0, False],
            },
        )

    def test_stages_of_other_teams_are_not_skipped(self):
        self.offer.team_ids = self.south
        self._walk(self.talks)
        self.assertEqual(self._funnel("reached:sum"), {"New": 1, "Talks": 1})

    def test_coming_back_counts_once(self):
        self._walk(self.offer, self.new, self.offer, hours=[24, 48, 72])
        self.assertEqual(
            self._funnel("reached:sum", "entries:sum", "moved_on:sum", "days:avg"),
            {"New": [1, 2, 1, 4.0], "Offer": [1, 2, 0, False]},
        )

    def test_time_after_the_loss_does_not_count(self):
        self._walk(self.offer, LOSE, RESTORE, self.talks, hours=[24, 12, 2400, 12])
        self.assertEqual(self._funnel("days:avg"), {"New": 1.0, "Offer": 1.0, "Talks": False})

    def test_median_is_not_the_average(self):
        for days in (1, 2, 9):
            self._walk(self.offer, hours=[days * 24])
        self.assertEqual(self._funnel("days:avg", "days_median:avg")["New"], [4.0, 2.0])
        pivot = (
            self.env["crm.funnel.report"]
            .with_user(self.alia)
            .formatted_read_grouping_sets([], [["stage_id"], []], ["days_median:avg"])
        )
        self.assertEqual(pivot[1][0]["days_median:avg"], 2.0, "the total of a pivot")

    def test_leads_enter_when_they_are_converted(self):
        self._create_lead()
        lead = self._create_lead()
        lead.convert_opportunity(self.layla)
        lead.stage_id = self.offer
        self._age(lead, [48, 24])
        self.assertEqual(
            self._funnel("reached:sum", "days:avg"), {"New": [1, 1.0], "Offer": [1, False]}
        )

    def test_rates_of_groups_are_not_averages_of_averages(self):
        self._walk(self.offer)
        for _i in range(3):
            self._walk(user_id=self.sami.id, team_id=self.south.id)
        report = self.env["crm.funnel.report"].with_user(self.alia)
        domain = [("stage_id", "=", self.new.id)]
        self.assertEqual(
            dict(report._read_group(domain, ["team_id"], ["move_rate:avg"])),
            {self.north: 100.0, self.south: 0.0},
        )
        self.assertEqual(report._read_group(domain, [], ["move_rate:avg"]), [(25.0,)])

    def test_amounts_of_companies_are_in_the_currency_of_the_reader(self):
        currency = self.env["res.currency"].create(
            {
                "name": "TST",
                "symbol": "T",
                "rate_ids": [(0, 0, {"name": "2020-01-01", "rate": 4.0})],
            }
        )
        other = self.env["res.company"].create({"name": "Other", "currency_id": currency.id})
        team = self.env["crm.team"].create({"name": "Elsewhere", "company_id": other.id})
        self.alia.company_ids += other
        self._walk(expected_revenue=100)
        self._walk(
            expected_revenue=100,
            company_id=other.id,
            team_id=team.id,
            user_id=self.alia.id,
            partner_id=False,
        )
        report = self.env["crm.funnel.report"].with_user(self.alia)
        both = report.with_context(allowed_company_ids=(self.company + other).ids)
        rate = self.company.currency_id.rate or 1.0
        [(amount,)] = both._read_group([], [], ["amount:sum"])
        self.assertAlmostEqual(amount, 100 + 100 * rate / 4)
        one = report.with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(one._read_group([], [], ["amount:sum"]), [(100.0,)])

    def test_random_walks_against_an_obvious_count(self):
        rng = random.Random(20260105)
        expected = defaultdict(lambda: defaultdict(list))
        for _i in range(40):
            self._random_walk(rng, expected)
        rows = self._funnel(
            "reached:sum", "entered:sum", "entries:sum", "moved_on:sum", "won:sum", "days:avg",
            "days_median:avg",
        )  # fmt: skip
        for stage in self.stages:
            facts = expected[stage]
            days = facts["days"]
            self.assertEqual(rows[stage.name][:5], [sum(facts[k]) for k in "renmw"], stage.name)
            for value, wanted in zip(rows[stage.name][5:], (mean, median), strict=True):
                self.assertAlmostEqual(value or 0, wanted(days) if days else 0, 4)

    def _random_walk(self, rng, expected):
        """Walk at random, and count the slow and obvious way."""
        lead = self._create_lead(type="opportunity", stage_id=rng.choice(self.stages[:3]).id)
        here, closed, hours = lead.stage_id, False, []
        entries = defaultdict(int, {here: 1})
        stay = defaultdict(float)
        for _step in range(rng.randrange(7)):
            gap = rng.randrange(1, 200)
            kind = rng.choice(["stage", "stage", "stage", "outcome"])
            if closed:
                if lead.active:
                    break
                lead.write(RESTORE)
                closed = False
            elif kind == "outcome":
                lead.write(LOSE)
                stay[here] += gap
                closed = True
            else:
                there = rng.choice(self.stages - here)
                lead.stage_id = there
                stay[here] += gap
                entries[there] += 1
                here, closed = there, there == self.signed
            hours.append(gap)
        self._age(lead, hours)
        furthest = max(entries, key=lambda stage: stage.sequence)
        for stage in self.stages:
            entered = stage in entries
            if not entered and (stage.sequence > furthest.sequence or stage == self.signed):
                continue
            facts = expected[stage]
            facts["r"].append(1)
            facts["e"].append(int(entered))
            facts["n"].append(entries.get(stage, 0))
            facts["m"].append(int(stage.sequence < furthest.sequence))
            facts["w"].append(int(lead.won_status == "won"))
            if entered and stage != self.signed and (stage != here or closed):
                facts["days"].append(stay[stage] / 24)

    def test_rights(self):
        self._walk(self.offer)
        self._walk(user_id=self.sami.id, team_id=self.south.id)
        self.assertEqual(self._funnel("reached:sum", user=self.omar), {"New": 1, "Offer": 1})
        self.assertEqual(self._funnel("reached:sum", user=self.nora), {"New": 1, "Offer": 1})
        self.assertEqual(self._funnel("reached:sum", user=self.sami), {"New": 1})
        with self.assertRaises(AccessError):
            self._funnel("reached:sum", user=self.cora)
        row = self.env["crm.funnel.report"].search([("user_id", "=", self.omar.id)], limit=1)
        with self.assertRaises(AccessError):
            row.with_user(self.sami).action_open_lead()
        action = row.with_user(self.omar).action_open_lead()
        self.assertEqual(action["res_id"], row.lead_id.id)

    def test_many_opportunities_cost_as_few_queries_as_one(self):
        def read():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._funnel("reached:sum", "move_rate:avg", "days_median:avg", user=self.omar)
            return self.env.cr.sql_log_count - before

        self._walk(self.offer)
        read()
        few = read()
        for _i in range(20):
            self._walk(self.offer, self.talks)
        self.env.flush_all()
        self.assertEqual(read(), few)
