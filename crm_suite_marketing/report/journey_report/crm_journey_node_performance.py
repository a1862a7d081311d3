from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.models.purchase.ratios import select_ratio

from ...models.journey.choices import NODE_KINDS

# Sums of the steps first, so that nodes and arms are looked up once for each
VISITS = """
    SELECT visit.*,
           node.version_id,
           node.kind,
           COALESCE(arm.name ->> %(lang)s, arm.name ->> 'en_US',
                    (%(ways)s::jsonb) ->> visit.port, visit.port) AS way,
           100.0 * visit.dropped / visit.entered AS drop_rate,
           visit.hours / NULLIF(visit.passed, 0) AS hours_there
      FROM (SELECT min(step.id) AS id,
                   step.journey_id,
                   step.node_id,
                   step.entered_at::date AS date,
                   step.port,
                   count(*) AS entered,
                   count(*) FILTER (WHERE step.state IN ('waiting', 'due', 'claimed')) AS waiting,
                   count(*) FILTER (WHERE step.state = 'failed') AS failed,
                   count(*) FILTER (WHERE step.state = 'done') AS done,
                   count(*) FILTER (WHERE step.state = 'skipped') AS skipped,
                   count(*) FILTER (WHERE step.state = 'expired') AS expired,
                   count(*) FILTER (
                       WHERE step.state IN ('done', 'skipped', 'expired')) AS passed,
                   count(*) FILTER (
                       WHERE step.state IN ('skipped', 'expired') AND step.port IS NULL
                         AND step.reason IS DISTINCT FROM 'goal') AS dropped,
                   COALESCE(sum(extract(epoch FROM step.done_at - step.entered_at)) FILTER (
                       WHERE step.state IN ('done', 'skipped', 'expired')), 0) / 3600.0 AS hours
              FROM crm_journey_step AS step
          GROUP BY 2, 3, 4, 5) AS visit
      JOIN crm_journey_node AS node ON node.id = visit.node_id
 LEFT JOIN crm_journey_arm AS arm ON arm.node_id = visit.node_id AND arm.port = visit.port
"""


class CrmJourneyNodePerformance(models.Model):
    """What became of people at each node: one row for those who came to it on a day and left it the
    same way, or are still there.
    """

    _name = "crm.journey.node.performance"
    _description = "Performance of Nodes"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "node_id"
    _depends = {
        "crm.journey.arm": ["name", "node_id", "port"],
        "crm.journey.node": ["kind", "version_id"],
        "crm.journey.step": [
            "done_at",
            "entered_at",
            "journey_id",
            "node_id",
            "port",
            "reason",
            "state",
        ],
    }

    journey_id = fields.Many2one("crm.journey", readonly=True)
    version_id = fields.Many2one("crm.journey.version", readonly=True)
    node_id = fields.Many2one("crm.journey.node", readonly=True)
    kind = fields.Selection(NODE_KINDS, readonly=True)
    date = fields.Date("Came on", readonly=True)
    port = fields.Char("Key of the Way Out", readonly=True)
    way = fields.Char("Way Out", readonly=True, help="Empty: still there, or left the journey.")
    entered = fields.Integer("Came", readonly=True)
    waiting = fields.Integer(readonly=True)
    failed = fields.Integer(readonly=True)
    done = fields.Integer(readonly=True)
    skipped = fields.Integer(readonly=True)
    expired = fields.Integer(readonly=True)
    passed = fields.Integer("Left", readonly=True)
    dropped = fields.Integer(
        "Left the Journey",
        readonly=True,
        help="Those whose way ended before the node was done, but not by reaching the goal.",
    )
    drop_rate = fields.Float("Drop-Off (%)", readonly=True, aggregator="avg", digits=(16, 1))
    # the sum from which averages of groups are made
    hours = fields.Float("Hours There, Summed Up", readonly=True)
    hours_there = fields.Float(
        readonly=True, aggregator="avg", digits=(16, 1), help="Of those who left."
    )

    def _get_way_words(self):
        """:return: names of the ways out that no arm names, by their keys"""
        return {
            "next": self.env._("Next"),
            "yes": self.env._("Yes"),
            "no": self.env._("No"),
            "timeout": self.env._("Time Is Up"),
            "missed": self.env._("Date Has Passed"),
            "enough": self.env._("Often Enough"),
        }

    @property
    def _table_query(self):
        ways = SQL(", ").join(
            SQL("%s::text, %s::text", port, words) for port, words in self._get_way_words().items()
        )
        return SQL(VISITS, lang=self.env.lang or "en_US", ways=SQL("jsonb_build_object(%s)", ways))

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages."""
        ratios = {
            "drop_rate:avg": ("dropped", "entered", 100.0),
            "hours_there:avg": ("hours", "passed", 1.0),
        }
        expression = super()._read_group_select(aggregate_spec, query)
        ratio = ratios.get(aggregate_spec)
        return select_ratio(self, *ratio) if ratio else expression

    def action_view_steps(self):
        """Open the steps that this row counts."""
        self.ensure_one()
        # apart from the lists below, which the extractor of terms would take for words
        name = self.env._("Steps")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "crm.journey.step",
            "view_mode": "list,form",
            "domain": [
                ("node_id", "=", self.node_id.id),
                ("port", "=", self.port),
                ("entered_at", ">=", fields.Date.to_string(self.date)),
                ("entered_at", "<", fields.Date.to_string(fields.Date.add(self.date, days=1))),
            ],
        }
