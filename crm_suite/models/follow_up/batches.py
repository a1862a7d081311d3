"""What the scheduled jobs of the room have in common."""

BATCH = 500


def run_in_batches(env, steps):
    """Take one step after the other, batch by batch, and commit each, until the time is up.

    :param steps: functions that handle up to `BATCH` records after an id and return the id of the
        last one, or None when none is left
    """
    for step in steps:
        last_id = 0
        while last_id is not None:
            last_id = step(last_id)
            if not env["ir.cron"]._commit_progress(BATCH if last_id else 0):
                return
