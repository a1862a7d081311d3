import time
from contextlib import contextmanager

from odoo import api, fields, models, modules
from odoo.tools import SQL

from . import queries
from .worker import Worker

# A job runs for at least ten seconds, and its method up to ten times, the last ones without time
# left: together they must end before Odoo takes the process for hung (120 seconds)
LEAST_SECONDS = 7


class CrmJourneyStep(models.Model):
    """Steps are taken: by workers, scheduled jobs, of which several run at once."""

    _inherit = "crm.journey.step"  # pylint: disable=consider-merging-classes-inherited

    _worker_idx = models.Index("(worker) WHERE worker IS NOT NULL")

    # ------------------------------------------------------------------
    # For the other rooms
    # ------------------------------------------------------------------

    @api.model
    def _finish(self, ids, port="next", state="done", reason=None, detail=None):
        """End open steps and open the next ones; whoever has nowhere to go has come to the end.
        Only what is still open is touched.

        :param ids: ids, or ``SQL`` that selects them
        :return: how many were ended
        """
        if not isinstance(ids, SQL):
            if not ids:
                return 0
            ids = SQL("SELECT unnest(%s::int[])", list(ids))
        self.env.flush_all()
        source = queries.make_source((port, state, reason, detail), ids)
        [[count]] = self.env.execute_query(queries.make_finish(source, fields.Datetime.now()))
        self.invalidate_model()
        self.env["crm.journey.participant"].invalidate_model()
        if count:
            self._wake_workers()
        return count

    @api.model
    def _wake_workers(self, at=None):
        """Have the workers look as soon as this transaction is committed, or at a moment."""
        for number in (1, 2):
            cron = self.env.ref(
                f"crm_suite_marketing.ir_cron_journey_advance_{number}", raise_if_not_found=False
            )
            if cron:
                # sudo: whoever makes something due may not start jobs by himself
                cron.sudo()._trigger(at)

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_advance(self, worker=1):
        """Take all steps that are due. May run several times at once, be killed and be repeated."""
        end = self.env.context.get("cron_end_time")
        seconds = max(end - time.monotonic(), LEAST_SECONDS) if end else float("inf")
        deadline = time.monotonic() + seconds
        self._advance(str(worker), deadline)
        if time.monotonic() >= deadline:
            self._wake_workers()
        else:
            self._plan_next_look()

    @api.model
    def _advance(self, name, deadline=float("inf"), is_thorough=False):
        """Run a worker, unless it runs already.

        :param is_thorough: look at all conditions, also those that were looked at a moment ago
        :return: number of steps that were taken
        """
        self.env.flush_all()
        with self._get_engine_cursor() as cr:
            run = Worker(self.env, cr, name, is_thorough)
            if not run.lock_worker():
                return 0
            try:
                return run.run(deadline)
            finally:
                run.close()

    @api.model
    def _plan_next_look(self):
        """Have the jobs look when something becomes due before they look by themselves."""
        moment = self.env["crm.journey"]._get_next_due()
        if moment and moment < fields.Datetime.add(fields.Datetime.now(), minutes=1):
            self._wake_workers(moment)

    @api.model
    def _commit_progress(self, processed=0, **progress):
        """Commit, and return the seconds that the job has left. Tests are one transaction."""
        if modules.module.current_test:
            self.env.flush_all()
            return float("inf")
        return self.env["ir.cron"]._commit_progress(processed, **progress)

    @contextmanager
    def _get_engine_cursor(self):
        """Yield a cursor of its own at READ COMMITTED (see the outbox)."""
        with self.env["crm.outbox"]._get_sending_cursor() as cr:
            yield cr
