"""How likely a customer is gone, and what he will still bring.

* The churn risk is one less the probability of being alive of the MBG/NBD model: E. P. Batislam,
  M. Denizel and A. Filiztekin, "Empirical validation and comparison of models for customer base
  analysis", *International Journal of Research in Marketing* 24 (2007), which lets a customer leave
  after his first purchase too, as the BG/NBD model of P. S. Fader, B. G. S. Hardie and K. L. Lee
  ("Counting Your Customers the Easy Way", *Marketing Science* 24 (2005)) does not:

      P(alive) = 1 / (1 + a / (b + x) * ((alpha + T) / (alpha + t)) ** (r + x))

  with x repeat purchases, t days from the first to the last and T days from the first to today.
  r, a and b are those that were found for the CDNOW customers with this model. In their model the
  mean rate of purchase is r / alpha; alpha is set so that it is the one of the company's
  median customer who buys again (method of moments), for a trade in desks has another rhythm
  than one in records.
* The projected value is the one of S. Gupta and D. R. Lehmann, "Customers as Assets", *Journal of
  Interactive Marketing* 17 (2003): margin * retention / (1 + discount - retention), times the
  probability that the customer is still one.
* The retention rate is measured: of the customers who ordered in the 12 months before the last 12,
  the share that ordered in the last 12. It is estimated by the rule of succession (Laplace, *Essai
  philosophique sur les probabilités*, 1814), so that few customers do not make it 0 or 1.

The room `metric/` computes the same in SQL; its tests compare both.
"""

import math

R, A, B = 0.525, 0.891, 1.614
# 6.183 weeks, where no customer has bought twice yet
ALPHA_DAYS = 43.281
# of the logarithm, so that nothing overflows: exp(700) is 1e304
LOG_LIMIT = 700.0


def get_alpha(interval_days):
    """Return alpha in days for the median interval between purchases, or None when unknown."""
    return R * interval_days if interval_days else ALPHA_DAYS


def get_churn_risk(repeats, span_days, age_days, interval_days=None):
    """Return the probability, 0 to 1, that a customer is gone.

    :param repeats: days of purchase after the first
    :param span_days: from the first purchase to the last
    :param age_days: from the first purchase to today
    :param interval_days: median days between purchases in the company
    """
    alpha = get_alpha(interval_days)
    age_days = max(age_days, span_days)
    growth = (R + repeats) * math.log((alpha + age_days) / (alpha + span_days))
    odds = A / (B + repeats) * math.exp(min(LOG_LIMIT, growth))
    return 1 - 1 / (1 + odds)


def get_retention_rate(earlier, returned):
    """Return the yearly retention rate.

    :param earlier: customers who ordered in the year before
    :param returned: those of them who ordered in the year after it
    """
    return (returned + 1) / (earlier + 2)


def get_projected_value(yearly_margin, retention, discount, churn_risk):
    """Return the present value of the margins to come.

    :param yearly_margin: of the last 12 months
    :param retention: 0 to 1, below 1 + discount
    :param discount: yearly rate, 0.1 for 10 %
    """
    return (1 - churn_risk) * yearly_margin * retention / (1 + discount - retention)
