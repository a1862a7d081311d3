"""The SQL of `lib/attribution.py`: how the credit for conversions is shared among touches."""

from odoo.tools import SQL

from ...lib.attribution import FULL_WEIGHT, INNER, OUTER, UNITS
from .conversions import CONVERSION, LINK
from .touches import TOUCH

# in days: for so long Odoo's cookie remembers by which campaign somebody came, and what it says of
# a lead or an order again is the same visit (`utm/models/ir_http.py`)
COOKIE_DAYS = 31
# a lead that is made of an answer has the time at which its mail began to be read
ARRIVAL_MINUTES = 60
SHARED = ("linear", "time_decay", "position")
MEASURES = {"credit": SQL("units"), "amount": SQL("amount")}


def select_pairs(window):
    """Return the query of the touches of each conversion: number, place, age, and the touch.

    :param int window: in days: touches before it do not count, but for those of which the lead
        or the order itself tells
    """
    touch = SQL(
        """touch.ref, touch.kind, touch.ts, touch.campaign_id, touch.source_id, touch.medium_id,
           touch.mailing_id"""
    )
    return SQL(
        """
        WITH pair AS (
            SELECT conversion.number, conversion.date, %(touch)s
              FROM %(conversion)s conversion
              JOIN %(all_touches)s touch ON touch.key = conversion.key
             WHERE touch.ts <= conversion.date
               AND touch.ts > conversion.date - make_interval(days => %(window)s)
             UNION
            SELECT conversion.number, conversion.date, %(touch)s
              FROM %(conversion)s conversion
              JOIN %(link)s link ON link.number = conversion.number
              JOIN %(all_touches)s touch ON touch.lead_id = link.lead_id
             UNION
            SELECT conversion.number, conversion.date, %(touch)s
              FROM %(conversion)s conversion
              JOIN %(link)s link ON link.number = conversion.number
              JOIN %(all_touches)s touch ON touch.order_id = link.order_id
        ),
        timed AS (
            SELECT pair.*, LEAST(pair.ts, pair.date) AS at FROM pair
        ),
        turn AS (
            SELECT timed.*, at - LAG(at) OVER visits AS pause, LAG(kind) OVER visits AS before
              FROM timed
            WINDOW visits AS (PARTITION BY number, campaign_id, source_id, medium_id
                                  ORDER BY at, kind, ref)
        )
        SELECT number, ref, kind, at, campaign_id, source_id, medium_id, mailing_id,
               ROW_NUMBER() OVER in_turn AS place,
               COUNT(*) OVER (PARTITION BY number) AS touch_count,
               EXTRACT(EPOCH FROM MAX(at) OVER (PARTITION BY number) - at)::float8 AS age
          FROM turn
         WHERE pause IS NULL
            OR CASE WHEN kind IN ('lead', 'order') THEN pause >= make_interval(days => %(cookie)s)
                    WHEN kind = 'reply' AND before = 'lead'
                    THEN pause >= make_interval(mins => %(arrival)s)
                    ELSE TRUE END
        WINDOW in_turn AS (PARTITION BY number ORDER BY at, ref)
        """,
        touch=touch,
        conversion=CONVERSION,
        link=LINK,
        all_touches=TOUCH,
        window=window,
        cookie=COOKIE_DAYS,
        arrival=ARRIVAL_MINUTES,
    )


# the weight is 0 long before; of much smaller numbers PostgreSQL makes an error
MOST_HALF_LIVES = 500


def select_shares(pair, half_life):
    """Return the query of the shares of each touch: number, place, and a column for each model
    and measure, `credit_linear` and so on, in units. Nothing else: these rows are sorted often.

    :param SQL pair: the table of `select_pairs`
    :param int half_life: in days
    """
    weights = {
        "first": SQL("(pair.place = 1)::int::numeric"),
        "last": SQL("(pair.place = pair.touch_count)::int::numeric"),
        "linear": SQL("1::numeric"),
        "time_decay": SQL(
            "ROUND(%s::float8 * POWER(2.0::float8, -LEAST(pair.age / %s::float8, %s)))::numeric",
            FULL_WEIGHT,
            half_life * 86400,
            MOST_HALF_LIVES,
        ),
        "position": SQL(
            """CASE WHEN pair.touch_count <= 2 THEN 1
                    WHEN pair.place IN (1, pair.touch_count)
                    THEN %s * (pair.touch_count - 2) ELSE %s END::numeric""",
            OUTER,
            INNER,
        ),
    }
    # to one touch alone nothing is rounded
    names = [(model, measure) for model in SHARED for measure in MEASURES]
    return SQL(
        """
        WITH weighed AS (
            SELECT pair.number, pair.place, conversion.amount,
                   %(units)s::numeric * conversion.is_counted::int AS units,
                   %(weights)s
              FROM %(pair)s pair
              JOIN %(conversion)s conversion ON conversion.number = pair.number
        ),
        totalled AS (SELECT weighed.*, %(totals)s FROM weighed
                     WINDOW together AS (PARTITION BY number)),
        divided AS (SELECT totalled.*, %(quotas)s FROM totalled),
        ranked AS (SELECT divided.*, %(ranks)s FROM divided
                   WINDOW together AS (PARTITION BY number))
        SELECT number, place, %(shares)s FROM ranked
        """,
        units=UNITS,
        pair=pair,
        conversion=CONVERSION,
        weights=_join(
            SQL("%s AS %s", each, _name("weight", name)) for name, each in weights.items()
        ),
        totals=_join(
            SQL("SUM(%s) OVER together AS %s", _name("weight", name), _name("total", name))
            for name in SHARED
        ),
        quotas=_join(_select_quota(model, measure) for model, measure in names),
        ranks=_join(_select_rank(model, measure) for model, measure in names),
        shares=_join(_select_share(model, measure) for model in weights for measure in MEASURES),
    )


def _join(parts):
    return SQL(", ").join(parts)


def _name(*words):
    return SQL.identifier("_".join(words))


def _select_quota(model, measure):
    """The share rounded down, and what is lost by it."""
    size = SQL("ABS(%s) * %s, %s", MEASURES[measure], _name("weight", model), _name("total", model))
    return SQL(
        "DIV(%(size)s) AS %(quota)s, MOD(%(size)s) AS %(rest)s",
        size=size,
        quota=_name("quota", model, measure),
        rest=_name("rest", model, measure),
    )


def _select_rank(model, measure):
    """Who lost most comes first, of equals the earlier one; and how many units are left."""
    return SQL(
        """ROW_NUMBER() OVER (PARTITION BY number ORDER BY %(rest)s DESC, place) AS %(rank)s,
           ABS(%(size)s) - SUM(%(quota)s) OVER together AS %(left)s""",
        rest=_name("rest", model, measure),
        rank=_name("rank", model, measure),
        size=MEASURES[measure],
        quota=_name("quota", model, measure),
        left=_name("left", model, measure),
    )


def _select_share(model, measure):
    if model not in SHARED:
        return SQL(
            "%s * %s AS %s", MEASURES[measure], _name("weight", model), _name(measure, model)
        )
    return SQL(
        "SIGN(%(size)s) * (%(quota)s + (%(rank)s <= %(left)s)::int) AS %(name)s",
        size=MEASURES[measure],
        quota=_name("quota", model, measure),
        rank=_name("rank", model, measure),
        left=_name("left", model, measure),
        name=_name(measure, model),
    )
