import logging
import time
from contextlib import contextmanager

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED, TransactionRollbackError

from odoo import api, models, modules
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..outbox.crm_outbox import OPEN_STATES
from . import worker as engine

_logger = logging.getLogger(__name__)

MOST_WORKERS = 16
# A job runs for at least ten seconds, and its method up to ten times, the last ones without time
# left: together they must end before Odoo takes the process for hung (120 seconds)
LEAST_SECONDS = 7


class CrmOutbox(models.Model):
    """The workers: scheduled jobs, each a process slot of its own, on any number of servers."""

    _inherit = "crm.outbox"  # pylint: disable=consider-merging-classes-inherited

    _mailing_due_idx = models.Index(
        "(mailing_id, due_at, id) WHERE state = 'planned' AND channel = 'mail'"
    )
    _worker_idx = models.Index("(worker) WHERE worker IS NOT NULL")

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_send(self, worker=1, channel="mail"):
        """Send what is due. May run several times at once, be killed and be repeated.

        :param worker: number of the worker; one that runs already is left alone
        :param channel: what it sends
        """
        self.env.flush_all()
        with self._get_worker(str(worker), channel) as run:
            if not run:
                return
            run.recover()
            speed, seconds, is_more = engine.FIRST_SPEED, self._get_seconds_left(), True
            while is_more:
                most = engine.BATCH
                if seconds != float("inf"):
                    most = int(min(most, max(engine.LEAST_BATCH, speed * seconds)))
                began = time.monotonic()
                taken = run.run_batch(most, began + seconds)
                speed = max(taken, 1) / max(time.monotonic() - began, 0.001)
                self._look_after(run)
                seconds = self._commit_sending(taken, remaining=taken)
                is_more = taken and seconds > 0

    @api.model
    def _get_seconds_left(self):
        end = self.env.context.get("cron_end_time")
        return max(end - time.monotonic(), LEAST_SECONDS) if end else float("inf")

    @api.model
    def _commit_sending(self, processed=0, **progress):
        """Commit, and return the seconds that the job has left. Tests are one transaction."""
        if modules.module.current_test:
            self.env.flush_all()
            return float("inf")
        return self.env["ir.cron"]._commit_progress(processed, **progress)

    @contextmanager
    def _get_worker(self, name, channel="mail"):
        """Yield the run of this worker, or None when it runs already."""
        with self._get_sending_cursor() as cr:
            run = self._get_worker_class(channel)(self.env, cr, name)
            if not run.try_lock(name):
                run.commit()
                yield None
                return
            run.commit()
            try:
                yield run
            finally:
                run.close()
                if not cr.connection.closed:
                    if not modules.module.current_test:
                        cr.rollback()
                    run.unlock(name)
                    run.commit()

    @api.model
    def _get_worker_class(self, channel):
        return engine.Worker

    @contextmanager
    def _get_sending_cursor(self):
        """Yield a cursor of its own at READ COMMITTED, which the next who borrows its connection
        does not inherit. In tests, that of the test.
        """
        if modules.module.current_test:
            yield self.env.cr
            return
        with self.env.registry.cursor() as cr:
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
            yield cr

    # ------------------------------------------------------------------
    # The jobs
    # ------------------------------------------------------------------

    @api.model
    def _get_worker_jobs(self):
        """:return: the jobs, also those that are switched off"""
        # sudo: which jobs there are, no more
        Job = self.env["ir.cron"].sudo().with_context(active_test=False)
        domain = [("model_id.model", "=", self._name), ("code", "=like", "model._cron_send(%")]
        return Job.search(domain, order="id", limit=MOST_WORKERS)

    @api.model
    def _count_workers(self):
        return len(self._get_worker_jobs().filtered("active"))

    @api.model
    def _set_worker_count(self, number):
        """Have so many workers. Each needs a free thread or process for scheduled jobs."""
        if not 1 <= number <= MOST_WORKERS:
            raise ValidationError(self.env._("There can be from 1 to %s workers.", MOST_WORKERS))
        known = self._get_worker_jobs().grouped("code")
        for worker in range(1, MOST_WORKERS + 1):
            job = known.get(f"model._cron_send({worker})")
            if job and job.active != (worker <= number):
                job.active = worker <= number
            elif not job and worker <= number:
                # sudo: only administrators change settings; creating a job is their right
                self.env["ir.cron"].sudo().create(self._prepare_job_values(worker))

    @api.model
    def _prepare_job_values(self, worker):
        return {
            "name": self.env._("Mailings: Worker %s", worker),
            "model_id": self.env["ir.model"]._get_id(self._name),
            "state": "code",
            "code": f"model._cron_send({worker})",
            "interval_number": 1,
            "interval_type": "minutes",
            "user_id": self.env.ref("base.user_root").id,
        }

    @api.model
    def _look_after(self, run):
        """Stop the mailings in which too much goes wrong, and close those that are sent."""
        run.renew()
        try:
            with self.env.cr.savepoint():
                for mailing_id in run.watched:
                    self.env["mailing.mailing"].browse(mailing_id).exists()._check_run(run.query)
                self.env["mailing.mailing"].browse(run.late).exists()._tell_of_waiting()
                self._close_ended()
            run.watched, run.late = set(), set()
        except TransactionRollbackError:
            # somebody else writes on it: after the next batch, or in the next run
            _logger.info("Mailings of worker %s are being changed", run.name)

    @api.model
    def _close_ended(self):
        """Call mailings sent that have nothing to send any more."""
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id FROM mailing_mailing m
                    WHERE m.state = 'sending' AND m.launched_at IS NOT NULL
                      AND m.delivery_engine = 'suite'
                      AND NOT EXISTS (SELECT FROM crm_outbox o
                                       WHERE o.mailing_id = m.id AND o.state = ANY(%s))
                      FOR NO KEY UPDATE OF m SKIP LOCKED
                """,
                list(OPEN_STATES),
            )
        )
        self.env["mailing.mailing"].browse(id_ for [id_] in rows)._close_delivered()
