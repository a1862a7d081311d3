"""Which arm of an A/B test leads more people to the goal."""

from odoo.tools import SQL

from ...lib.ab_test import Rate, judge

# of ten looks, each at twice as many goals, the last is at 5,120
LOOKS, FIRST_GOALS = 10, 10
# people count once, by the arm of their first pass, in all versions in which the test is the same
COUNTS = """
    SELECT step.port, count(*), count(*) FILTER (WHERE participant.goal_at >= step.done_at)
      FROM crm_journey_step AS step
      JOIN crm_journey_participant AS participant ON participant.id = step.participant_id
     WHERE step.node_id = %s AND step.state = 'done' AND step.pass_number = 1
       AND step.port = ANY(%s)
  GROUP BY step.port
"""


def count_arms(env, node, ports):
    """:return: `Rate` of each arm, in their order"""
    rows = env.execute_query(SQL(COUNTS, node.id, list(ports)))
    rates = {port: Rate(reached, came) for port, came, reached in rows}
    return [rates.get(port, Rate(0, 0)) for port in ports]


def find_winner(node, rates, ports):
    """:return: port of the arm that is better for certain, or None while nobody knows"""
    judgement = judge(rates, confidence=node.ab_confidence or 0.95, looks=LOOKS)
    return ports[judgement.leader] if judgement.status == "clear" else None


def is_time_to_look(node, rates):
    """Whether there is something new to judge. Whoever looks again and again finds a winner by
    chance at last, so it is done each time that twice as many have reached the goal, and the error
    that is allowed is shared among these times.
    """
    if len(rates) < 2 or min(rate.trials for rate in rates) < max(node.ab_minimum, 1):
        return False
    return sum(rate.successes for rate in rates) >= (node.ab_next_goals or FIRST_GOALS)
