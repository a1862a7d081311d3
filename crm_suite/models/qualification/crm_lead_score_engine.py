import logging
from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ...lib.scoring import TENTHS, Hit, score
from ..mixins.filter_guard import DATABASE_ERRORS, FILTER_ERRORS

_logger = logging.getLogger(__name__)


class CrmLeadScoreEngine(models.AbstractModel):
    """Scores leads by all rules at once: no query for a single rule, none for a single lead."""

    _name = "crm.lead.score.engine"
    _description = "Evaluation of Score Rules"

    @api.model
    def _evaluate(self, leads):
        """Score leads, and write down why.

        Four queries for any number of leads: their facts, the rules that hold, the reasons.

        :return: {lead id: (score before, score now)} of the leads that are still open
        """
        rules, _used, limits = self.env["crm.lead.score.rule"]._get_applied()
        facts = {row["id"]: row for row in self._query_facts(leads) if row["is_open"]}
        matches = self._query_matches(rules, list(facts)) if rules and facts else []
        by_id = {rule.id: (position, rule) for position, rule in enumerate(rules)}
        found = defaultdict(list)
        for rule_id, lead_id, answered_at in matches:
            position, rule = by_id[rule_id]
            row = facts[lead_id]
            since = self._get_since(rule, row, answered_at)
            hit = Hit(
                rule=rule_id,
                points=rule.points,
                count=row["interaction_count"] if rule.per == "interaction" else 1,
                limit=rule.limit,
                half_life=rule.half_life,
                age=max(0, (row["now"].date() - since.date()).days) if since else 0,
                group=rule.group_id,
            )
            if hit.count:
                found[lead_id].append((position, hit, since))
        scores, lines = {}, []
        for lead_id, row in facts.items():
            hits = sorted(found[lead_id], key=lambda item: item[0])
            values, total = score([hit for _position, hit, _since in hits], limits)
            scores[lead_id] = (row["rule_score"] or 0, total)
            lines += [
                (lead_id, hit.rule, hit.points, hit.count, since, values[hit.rule] / TENTHS)
                for _position, hit, since in hits
            ]
        self._write_lines(list(facts), lines)
        return scores

    @api.model
    def _get_since(self, rule, row, answered_at):
        """Return when the points of a rule begin to fade, or None when they do not."""
        if not rule.half_life:
            return None
        moments = {
            "interaction": row["last_interaction"],
            "reply": row["customer_reply_date"],
            "answer": answered_at,
            "stage": row["date_last_stage_update"],
        }
        return moments.get(rule.decay_from) or row["create_date"]

    @api.model
    def _query_facts(self, leads):
        names = ["active", "won_status", "customer_reply_date", "date_last_stage_update"]
        leads.flush_recordset(names)
        self.env["crm.interaction"].flush_model(["lead_id", "date"])
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT lead.id,
                       lead.active AND lead.won_status = 'pending' AS is_open,
                       lead.rule_score,
                       lead.create_date,
                       lead.customer_reply_date,
                       lead.date_last_stage_update,
                       past.last_interaction,
                       COALESCE(past.interaction_count, 0) AS interaction_count,
                       now() AT TIME ZONE 'UTC' AS now
                  FROM crm_lead lead
             LEFT JOIN (
                       SELECT lead_id,
                              MAX(date) AS last_interaction,
                              COUNT(*) AS interaction_count
                         FROM crm_interaction
                        WHERE lead_id = ANY(%(ids)s)
                          AND date <= clock_timestamp() AT TIME ZONE 'UTC'
                     GROUP BY lead_id) past ON past.lead_id = lead.id
                 WHERE lead.id = ANY(%(ids)s)
                """,
                ids=leads.ids,
            )
        )

    @api.model
    def _query_matches(self, rules, lead_ids):
        """Return (rule id, lead id, date of the answer) for each rule that holds for a lead.

        All rules in one query. When the database refuses it, because of one of them, each is
        asked for itself and the bad one is left out.
        """
        queries = []
        for rule in rules:
            try:
                if query := self._make_query(rule, lead_ids):
                    queries.append((rule, query))
            except FILTER_ERRORS as error:
                _logger.warning("Score rule %s is skipped: %s", rule.id, error)
        try:
            return self._execute([query for _rule, query in queries])
        except DATABASE_ERRORS as error:
            _logger.info("The score rules are evaluated one by one: %s", error)
        rows = []
        for rule, query in queries:
            try:
                rows += self._execute([query])
            except DATABASE_ERRORS as error:
                _logger.warning("Score rule %s is skipped: %s", rule.id, error)
        return rows

    def _make_query(self, rule, lead_ids):
        # sudo: the score of a lead does not depend on who works on it
        leads = (
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=True, lang=rule.lang or "en_US", tz="UTC")
        )
        matching = leads._search(Domain("id", "in", lead_ids) & rule.domain)
        if matching.is_empty():
            return None
        answered_at = SQL("NULL::timestamp")
        if rule.question_id and rule.half_life:
            answered_at = SQL(
                """(SELECT answer.write_date
                      FROM crm_qualification_answer answer
                     WHERE answer.lead_id = matched.id AND answer.question_id = %s)""",
                rule.question_id,
            )
        return SQL(
            "SELECT %s::int, matched.id, %s FROM %s AS matched",
            rule.id,
            answered_at,
            matching.subselect(),
        )

    def _execute(self, queries):
        if not queries:
            return []
        query = SQL(" UNION ALL ").join(queries)
        self.env.flush_query(query)
        with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
            return self.env.execute_query(query)

    @api.model
    def _write_lines(self, lead_ids, lines):
        columns = list(zip(*lines, strict=True)) if lines else [()] * 6
        names = ("leads", "rules", "points", "counts", "since", "values")
        self.env.execute_query(
            SQL(
                """
                WITH wanted AS (
                    SELECT *
                      FROM unnest(%(leads)s::int[], %(rules)s::int[], %(points)s::int[],
                                  %(counts)s::int[], %(since)s::timestamp[], %(values)s::numeric[])
                        AS wanted(lead_id, rule_id, points, count, since, value)
                ), gone AS (
                    DELETE FROM crm_lead_score_line line
                     WHERE line.lead_id = ANY(%(all)s)
                       AND NOT EXISTS (
                           SELECT FROM wanted
                            WHERE wanted.lead_id = line.lead_id AND wanted.rule_id = line.rule_id)
                )
                INSERT INTO crm_lead_score_line AS line
                            (lead_id, rule_id, points, count, since, value)
                     SELECT wanted.*
                       FROM wanted
                       JOIN crm_lead_score_rule rule ON rule.id = wanted.rule_id
                ON CONFLICT (lead_id, rule_id) DO UPDATE
                        SET points = EXCLUDED.points, count = EXCLUDED.count,
                            since = EXCLUDED.since, value = EXCLUDED.value
                      WHERE (line.points, line.count, line.since, line.value)
                         IS DISTINCT FROM
                            (EXCLUDED.points, EXCLUDED.count, EXCLUDED.since, EXCLUDED.value)
                RETURNING 1
                """,
                all=lead_ids,
                **{name: list(column) for name, column in zip(names, columns, strict=True)},
            )
        )
        self.env["crm.lead.score.line"].invalidate_model(flush=False)
        self.env["crm.lead"].invalidate_model(["score_line_ids"], flush=False)
