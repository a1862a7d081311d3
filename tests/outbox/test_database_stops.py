"""PostgreSQL is stopped hard, in the middle of a mailing, more than once."""

from tests.conftest import SUITE_TEMPLATE, drop_database
from tests.outbox.durable_server import durable_server
from tests.outbox.scene import Scene, prepare

RECIPIENTS = 150
WORKERS = (1, 2)


def test_the_database_stops_hard():
    with durable_server(SUITE_TEMPLATE) as stop_hard:
        database = prepare(SUITE_TEMPLATE, RECIPIENTS)
        scene = Scene(database)
        try:
            scene.smtp.delay = 0.01
            for number in (40, 90):
                scene.start(*WORKERS)
                scene.wait_for_mails(number)
                stop_hard()
                scene.wait()
                assert scene.failures, "they noticed"
            assert scene.count() < RECIPIENTS, "there is something left to send"
            scene.run(*WORKERS)
            states = scene.check(RECIPIENTS, 2 * len(WORKERS))
            assert set(states) <= {"sent", "uncertain"}, states
        finally:
            scene.close()
            drop_database(database)
