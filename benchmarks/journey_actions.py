"""Steps of journeys that do something, each the whole way: a batch is claimed, acts, and goes on.

A server action for all records of a batch at once is compared with the same one record at a time,
as others do it, and with the time rules of Odoo; an e-mail of a step with the launch of a campaign
to the same contacts, both to a real mail server on loopback. Works on a copy of the database,
because workers commit.

python benchmarks/journey_actions.py DATABASE [--records=500] [--mails=500] [--rounds=3]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from campaign_sending import BODY, Sink, prepare_contacts
from harness import Case, arguments, database_copy, environment, measure, print_machine, print_table

from odoo import fields
from odoo.tools import SQL

# writes what is not there yet: Odoo's time rules take what was not changed since their last run
CODE = "records.write({'comment': 'Seen ' + str(uid)})"
ONE = "record.write({'comment': 'Seen ' + str(uid)})"


def main():
    options = arguments(__doc__.splitlines()[0], records=500, mails=500)
    sink = Sink()
    try:
        with database_copy(options.database) as copy:
            with environment(copy) as env:
                env.ref("base.module_base_automation").button_immediate_install()
            with environment(copy) as env:
                domain = prepare_contacts(env, sink, max(options.records, options.mails))
                env.cr.commit()
                compare_actions(
                    env, env["res.partner"].search(domain, limit=options.records), options
                )
                compare_mails(
                    env, env["res.partner"].search(domain, limit=options.mails), sink, options
                )
                print_machine(env)
    finally:
        sink.stop()


def make_action(env, code):
    return env["ir.actions.server"].create(
        {
            "name": "Benchmark",
            "model_id": env["ir.model"]._get_id("res.partner"),
            "state": "code",
            "code": code,
        }
    )


def make_journey(env, kind, **settings):
    """:return: the node of a journey that runs, and has no other"""
    journey = env["crm.journey"].create(
        {"name": "Benchmark", "user_id": env.ref("base.user_admin").id, "keeps_quiet_hours": False}
    )
    version = journey.draft_version_id
    node = env["crm.journey.node"].create(
        {"version_id": version.id, "uid": "act", "kind": kind, **settings}
    )
    start = version.node_ids - node
    env["crm.journey.edge"].create(
        {"version_id": version.id, "source_id": start.id, "target_id": node.id}
    )
    return node


def let_in(env, node, partners):
    """Launch, and let these contacts come to the node."""
    node.version_id._launch()
    start = node.version_id.node_ids - node
    start._enrol(SQL("SELECT unnest(%s::int[]) AS res_id", partners.ids))


def count_done(env, node):
    return env["crm.journey.step"].search_count([("node_id", "=", node.id), ("state", "=", "done")])


# ----------------------------------------------------------------------
# A server action
# ----------------------------------------------------------------------


def compare_actions(env, partners, options):
    def reset(env):
        env.cr.execute("UPDATE res_partner SET comment = NULL WHERE id = ANY(%s)", [partners.ids])
        env.invalidate_all()

    def prepare_step(env):
        reset(env)
        node = make_journey(env, "server_action", server_action_id=make_action(env, CODE).id)
        let_in(env, node, partners)
        return node

    def advance(env, node):
        env["crm.journey.step"]._advance("benchmark")

    def prepare_single(env):
        reset(env)
        return prepare_step(env), make_action(env, ONE)

    def run_singly(env, prepared):
        """Each step by itself: the record is read, the action run, the step written."""
        node, action = prepared
        for step in env["crm.journey.step"].search([("node_id", "=", node.id)]):
            with env.cr.savepoint():
                record = env["res.partner"].browse(step.participant_id.res_id)
                if record.exists():
                    action.with_context(
                        active_model="res.partner", active_id=record.id, active_ids=record.ids
                    ).run()
                step.write({"state": "done", "done_at": fields.Datetime.now()})
                step.participant_id.write({"state": "done", "exited_at": fields.Datetime.now()})
            env.flush_all()

    def prepare_rule(env):
        reset(env)
        env["base.automation"].search([]).active = False
        rule = env["base.automation"].create(
            {
                "name": "Benchmark",
                "model_id": env["ir.model"]._get_id("res.partner"),
                "trigger": "on_time",
                "trg_date_id": env["ir.model.fields"]._get("res.partner", "create_date").id,
                "trg_date_range": 1,
                "trg_date_range_type": "minutes",
                "trg_date_range_mode": "after",
                "filter_domain": repr([("id", "in", partners.ids)]),
            }
        )
        make_action(env, ONE).write({"usage": "base_automation", "base_automation_id": rule.id})
        rule.last_run = "2020-01-01"
        env.cr.execute(
            """UPDATE res_partner SET create_date = (now() AT TIME ZONE 'UTC') - interval '1 hour'
                WHERE id = ANY(%s)""",
            [partners.ids],
        )
        return rule

    def run_rule(env, rule):
        rule.env["base.automation"]._cron_process_time_based_actions()

    def check(env, prepared):
        env.invalidate_all()
        done = env["res.partner"].search_count(
            [("id", "in", partners.ids), ("comment", "ilike", "Seen")]
        )
        if done != len(partners):
            states = env["crm.journey.step"]._read_group([], ["state", "detail"], ["__count"])
            raise SystemExit(f"{len(partners)} records, {done} done: {states}")

    cases = [
        Case("step of a journey, in batches", advance, prepare_step, check),
        Case("each record by itself", run_singly, prepare_single, check),
        Case("time rule of Odoo", run_rule, prepare_rule, check),
    ]
    measure(env, cases, options.rounds, commits=True)
    print_table("Server action", cases, cases[0].name, len(partners), "record")


# ----------------------------------------------------------------------
# An e-mail
# ----------------------------------------------------------------------


def compare_mails(env, partners, sink, options):
    def prepare_step(env):
        node = make_journey(env, "mail")
        node.action_write_message()
        node.mailing_id.write(
            {
                "subject": "Spring offer",
                "body_arch": BODY,
                "body_html": BODY,
                "email_from": "shop@example.com",
                "reply_to": "shop@example.com",
            }
        )
        let_in(env, node, partners)
        return node.mailing_id, sink.received()

    def advance(env, prepared):
        env["crm.journey.step"]._advance("benchmark")
        env["crm.outbox"]._cron_send(1)

    def prepare_campaign(env):
        mailing = env["mailing.mailing"].create(
            {
                "subject": "Spring offer",
                "body_arch": BODY,
                "body_html": BODY,
                "email_from": "shop@example.com",
                "reply_to": "shop@example.com",
                "user_id": env.ref("base.user_admin").id,
                "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", partners.ids)]),
            }
        )
        return mailing, sink.received()

    def launch(env, prepared):
        prepared[0].state = "in_queue"
        env["mailing.mailing"]._process_mass_mailing_queue()
        env["crm.outbox"]._cron_send(1)

    def check(env, prepared):
        env.cr.commit()
        env.invalidate_all()
        sent, arrived = prepared[0].sent, sink.received() - prepared[1]
        if not sent == arrived == len(partners):
            raise SystemExit(f"{len(partners)} recipients, {sent} sent, {arrived} arrived")

    cases = [
        Case("campaign", launch, prepare_campaign, check),
        Case("step of a journey", advance, prepare_step, check),
    ]
    measure(env, cases, options.rounds, commits=True)
    print_table("E-mail", cases, cases[0].name, len(partners), "mail")


if __name__ == "__main__":
    main()
