"""The two cursors of a worker, and when what they did is committed."""

from odoo import modules


class Session:
    """What workers share that must be able to die at any moment.

    :ivar cr: the cursor of the rows, at READ COMMITTED; its connection holds the lock that says
        that this worker lives
    :ivar env: the environment in which records are read, and messages written
    """

    def __init__(self, env, cr):
        self.env, self.cr = env, cr

    def commit(self):
        if not modules.module.current_test:  # tests are one transaction
            self.cr.commit()  # pylint: disable=invalid-commit

    def renew(self):
        """Let the environment see what is committed, and keep what it has made."""
        self.env.flush_all()
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()

    def undo(self):
        if not modules.module.current_test:
            self.env.cr.rollback()
        self.env.invalidate_all()

    def query(self, sql):
        self.cr.execute(sql)
        return self.cr.fetchall()
