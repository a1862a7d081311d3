"""What guards the evaluation of stored filters, which are hostile input."""

import math
from contextlib import contextmanager

from psycopg2 import DataError, ProgrammingError
from psycopg2.errors import ProgramLimitExceeded, StatementTooComplex

from odoo.exceptions import UserError
from odoo.tools import mute_logger

# what the database says of a filter that it cannot evaluate
DATABASE_ERRORS = (DataError, ProgrammingError, ProgramLimitExceeded, StatementTooComplex)
# what a search method may do with a value that does not fit
FILTER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    UserError,
    ValueError,
)


@contextmanager
def limit_statements(cr, seconds, clear=True):
    """Let the database stop each statement after some time, as long as this lasts.

    What fails is undone, and the limit of before holds again. An administrator of the database may
    allow less.

    :param bool clear: forget what is cached when something fails; not where nothing is written and
        a form is being filled, whose values are in the cache only
    :raise psycopg2.errors.QueryCanceled: when a statement took too long
    """
    cr.flush()
    with cr.savepoint(flush=clear), mute_logger("odoo.sql_db"):
        cr.execute("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
        [before] = cr.fetchone()
        limit = math.ceil(seconds * 1000)
        limit = min(limit, before) if before else limit
        cr.execute("SELECT set_config('statement_timeout', %s, true)", [str(limit)])
        yield
        cr.execute("SELECT set_config('statement_timeout', %s, true)", [str(before)])
