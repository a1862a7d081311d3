"""The workers of mailings: real processes of Odoo, killed and started again, and an SMTP server
that counts. `long_run.py` does the same with 20,000 messages.
"""

import random
from contextlib import closing

import psycopg2
import pytest

from tests.conftest import SUITE_TEMPLATE, drop_database, psql
from tests.outbox.scene import MAILING, Scene, prepare

RECIPIENTS = 240
KILLS = 5


@pytest.fixture(scope="module")
def sending():
    name = prepare(SUITE_TEMPLATE, RECIPIENTS)
    made = None
    try:
        made = Scene(name)
        yield made
    finally:
        if made:
            made.close()
        drop_database(name)


@pytest.fixture
def scene(sending):
    sending.reset()
    yield sending
    for number in list(sending.running):
        sending.kill(number)


def test_two_workers_killed_again_and_again(scene):
    scene.smtp.delay = 0.005
    chance, deaths = random.Random(9), 0
    scene.start(1, 2)
    for number in range(KILLS):
        scene.wait_for_mails((number + 1) * RECIPIENTS // (KILLS + 2) + chance.randint(0, 9))
        victim = chance.choice(sorted(scene.running) or [1])
        deaths += scene.kill(victim)
        if number % 2:
            scene.start(victim)
    scene.wait()
    # whoever comes next finds what the dead have left
    scene.run(1, 2)
    states = scene.check(RECIPIENTS, deaths)
    assert deaths, "somebody was killed in the middle"
    assert set(states) <= {"sent", "uncertain"}, states
    mailing = psql(scene.database, f"select state from mailing_mailing where id = {MAILING}")
    assert mailing == [["done"]]
    traces = psql(
        scene.database,
        "select trace_status, count(*) from mailing_trace"
        f" where mass_mailing_id = {MAILING} group by 1",
    )
    expected = {"sent": states["sent"], "process": states.get("uncertain", 0)}
    assert {status: int(count) for status, count in traces} == {
        k: v for k, v in expected.items() if v
    }
    scene.run(1, 2)
    assert scene.count() == sum(scene.smtp.taken.values()) == len(scene.smtp.taken), (
        "what is uncertain is never sent by itself"
    )


def test_killed_while_the_server_takes_the_mail(scene):
    scene.smtp.hold_at, scene.smtp.hold_after = "DATA", 20
    scene.start(1)
    assert scene.smtp.reached.wait(60), scene.words()
    assert scene.kill(1)
    scene.smtp.release()
    states = scene.states()
    assert states["sending"] == 1, "noted before the mail server got it"
    scene.run(2)
    states = scene.check(RECIPIENTS, 1)
    assert states == {"sent": RECIPIENTS - 1, "uncertain": 1}
    assert len(scene.smtp.taken) == RECIPIENTS


def test_connections_of_the_database_are_lost(scene):
    scene.smtp.delay = 0.005
    scene.start(1, 2)
    scene.wait_for_mails(60)
    lost = psql(
        scene.database,
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where datname = current_database() and pid != pg_backend_pid()",
    )
    assert int(lost[0][0]) >= 2
    scene.wait()
    assert scene.failures
    scene.run(1, 2)
    states = scene.check(RECIPIENTS, 2)
    assert set(states) <= {"sent", "uncertain"}, states


def test_answers_of_the_mail_server(scene):
    """It drops a connection after it has taken a mail, refuses somebody, and puts somebody off."""
    scene.smtp.dropped = {"recipient7@example.com"}
    scene.smtp.refused = {"recipient8@example.com"}
    scene.smtp.deferred = {"recipient9@example.com"}
    scene.run(1, 2)
    states = scene.check(RECIPIENTS, 1)
    assert states == {"sent": RECIPIENTS - 3, "uncertain": 1, "failed": 1, "planned": 1}
    rows = psql(
        scene.database,
        f"""select state, reason, detail, attempt, due_at > now() at time zone 'utc'
              from crm_outbox where mailing_id = {MAILING} and state != 'sent' order by state""",
    )
    assert [row[:2] for row in rows] == [
        ["failed", "refused"],
        ["planned", "deferred"],
        ["uncertain", "no_answer"],
    ]
    assert "No such user" in rows[0][2]
    assert "451" in rows[1][2] and rows[1][3:] == ["1", "t"]
    bounced = psql(
        scene.database,
        "select event.kind, event.evidence ->> 'source', black.email from crm_engagement event"
        " join crm_outbox on crm_outbox.id = event.outbox_id"
        " left join mail_blacklist black on black.email = crm_outbox.identity and black.active"
        f" where event.mailing_id = {MAILING}",
    )
    assert bounced == [["bounce_hard", "SMTP", "recipient8@example.com"]]
    scene.smtp.dropped, scene.smtp.refused, scene.smtp.deferred = set(), set(), set()
    psql(
        scene.database,
        "update crm_outbox set due_at = now() - interval '1 day' where state = 'planned'",
    )
    scene.run(1)
    assert scene.check(RECIPIENTS, 1) == {"sent": RECIPIENTS - 2, "uncertain": 1, "failed": 1}


def test_many_small_claims_do_not_meet(scene):
    """At Odoo's own isolation, workers fail on rows that another has just let go (trap 15)."""
    scene.start(1, 2, most=4)
    scene.wait()
    assert not scene.failures, scene.words()
    assert scene.check(RECIPIENTS) == {"sent": RECIPIENTS}


def test_a_person_cancels_while_a_worker_sends(scene):
    scene.smtp.delay = 0.01
    scene.start(1)
    scene.wait_for_mails(10)
    scene.run(0)
    assert not scene.failures, scene.words()
    states = scene.check(RECIPIENTS)
    assert set(states) == {"sent", "suppressed"}, states
    # the worker ends the mailing at the latest
    scene.run(1)
    mailing = psql(scene.database, f"select state from mailing_mailing where id = {MAILING}")
    assert mailing == [["done"]]
    assert scene.count() == states["sent"]


def test_a_row_that_a_worker_writes_does_not_stop_who_cancels(scene):
    row = f"(select min(id) from crm_outbox where mailing_id = {MAILING})"
    with closing(psycopg2.connect(dbname=scene.database)) as worker:
        cr = worker.cursor()
        cr.execute(f"update crm_outbox set state = 'claimed', worker = '9' where id = {row}")
        worker.commit()
        cr.execute(f"update crm_outbox set state = 'sending' where id = {row}")
        scene.run(0)
        worker.commit()
    assert not scene.failures, scene.words()
    assert scene.states() == {"sending": 1, "suppressed": RECIPIENTS - 1}
    mailing = psql(
        scene.database, f"select state, is_paused from mailing_mailing where id = {MAILING}"
    )
    assert mailing == [["sending", "t"]], "what is on its way ends first"


def test_two_workers_share_a_limit(scene):
    psql(
        scene.database,
        "insert into crm_sending_limit (kind, domain, active, rate, unit)"
        " values ('domain', 'example.com', true, 60, 'hour')",
    )
    # those of two minutes at once; the first of the others has its turn in a minute
    scene.run(1, 2)
    assert scene.states() == {"sent": 2, "planned": RECIPIENTS - 2}
    assert scene.count() == 2 and not scene.failures
    [[turns, reasons, used]] = psql(
        scene.database,
        f"""select count(distinct due_at), string_agg(distinct reason, ' '),
                   (select max(used) from crm_sending_limit)
              from crm_outbox where mailing_id = {MAILING} and state = 'planned'""",
    )
    assert (int(turns), reasons, used) == (RECIPIENTS - 2, "throttled", "2")


def test_a_domain_that_puts_off_is_left_alone(scene):
    scene.smtp.deferred = {f"recipient{n}@example.com" for n in range(RECIPIENTS)}
    scene.run(1)
    assert scene.states() == {"planned": RECIPIENTS}
    rows = psql(
        scene.database,
        f"""select reason, count(*), sum(attempt) from crm_outbox
             where mailing_id = {MAILING} group by 1 order by 1""",
    )
    assert rows == [["deferred", "3", "3"], ["on_hold", str(RECIPIENTS - 3), "0"]]
    [[domain, words]] = psql(
        scene.database,
        "select domain, words from crm_sending_hold where held_until > now() at time zone 'utc'",
    )
    assert domain == "example.com" and "451" in words


def test_no_mail_server(scene):
    scene.smtp.stop()
    scene.run(1)
    assert scene.states() == {"planned": RECIPIENTS}
    rows = psql(
        scene.database,
        "select distinct reason, attempt, worker is null from crm_outbox"
        f" where mailing_id = {MAILING} order by 1",
    )
    # tried once: the second batch waits
    assert rows == [["connection", "0", "t"], ["on_hold", "0", "t"]]
