INSERT INTO res_partner (name, complete_name, is_company, active, type, lang, email_normalized,
                         autopost_bills, reminder_mode, create_date)
SELECT 'Bench ' || n, 'Bench ' || n, TRUE, TRUE, 'contact', 'en_US', 'bench' || n, 'ask', 'automatic', now()
  FROM generate_series(1, %(customers)s) n;
WITH base AS (
    UPDATE res_partner SET commercial_partner_id = id WHERE name LIKE 'Bench %%' RETURNING id),
numbered AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM base)
INSERT INTO sale_order (name, partner_id, partner_invoice_id, partner_shipping_id, company_id,
                        currency_id, currency_rate, state, date_order, user_id, team_id, create_date,
                        access_token)
SELECT 'BENCH' || n, numbered.id, numbered.id, numbered.id, %(company)s, %(currency)s,
       CASE WHEN n %% 5 = 0 THEN 1.5 ELSE 1 END, 'sale',
       now() - random() * interval '1000 days',
       (%(users)s)[1 + n %% 10], %(team)s, now(), 'bench'
  FROM generate_series(0, %(orders)s - 1) n
  JOIN numbered ON numbered.place = (n * 7919::bigint + n / 11) %% %(customers)s;
INSERT INTO sale_order_line (order_id, product_id, product_uom_id, product_uom_qty, price_unit,
                             price_subtotal, price_total, qty_delivered, name, sequence,
                             customer_lead, company_id, currency_id, order_partner_id, state,
                             technical_price_unit, create_date)
SELECT o.id, (%(products)s)[1 + (o.id * 3 + n) %% 20], %(unit)s, 1 + (o.id + n) %% 5, 50,
       50 * (1 + (o.id + n) %% 5) + o.id %% 97, 50 * (1 + (o.id + n) %% 5), 0, 'Bench', n,
       0, o.company_id, o.currency_id, o.partner_id, 'sale', 50, now()
  FROM sale_order o
 CROSS JOIN generate_series(1, %(each)s) n
 WHERE o.name LIKE 'BENCH%%';
CREATE TEMPORARY TABLE bare_metric ON COMMIT DROP AS
WITH line AS (
    SELECT o.id, p.commercial_partner_id AS partner_id, o.user_id, o.team_id,
           (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE
               (SELECT COALESCE(r.tz, 'UTC') FROM res_company c
                  LEFT JOIN resource_calendar r ON r.id = c.resource_calendar_id
                 WHERE c.id = %(company)s))::date AS day,
           (l.price_subtotal - COALESCE(l.credited_amount, 0)) / o.currency_rate AS amount,
           COALESCE(l.credited_amount, 0) / o.currency_rate AS credited,
           NULLIF((product.standard_price ->> o.company_id::text)::numeric, 0)
               * (l.product_uom_qty - COALESCE(l.returned_quantity, 0))
               * line_unit.factor / product_unit.factor AS cost
      FROM sale_order o
      JOIN res_partner p ON p.id = o.partner_id
      JOIN sale_order_line l ON l.order_id = o.id
      JOIN product_product product ON product.id = l.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
      JOIN uom_uom line_unit ON line_unit.id = l.product_uom_id
      JOIN uom_uom product_unit ON product_unit.id = template.uom_id
     WHERE o.state = 'sale' AND l.display_type IS NULL AND o.company_id = %(company)s
       AND l.is_downpayment IS NOT TRUE AND template.type <> 'combo'),
orders AS (
    SELECT id, partner_id, user_id, team_id, day, SUM(amount) AS amount, SUM(credited) AS credited,
           SUM(amount - cost) FILTER (WHERE cost IS NOT NULL) AS margin,
           SUM(amount - COALESCE(cost, amount * 0.7)) AS profit
      FROM line GROUP BY id, partner_id, user_id, team_id, day),
customer AS (
    SELECT partner_id, MIN(day) AS first, MAX(day) AS last, COUNT(*) AS number,
           COUNT(DISTINCT day) AS days, ROUND(SUM(amount), 2) AS revenue,
           SUM(credited) AS credited, SUM(margin) AS margin, SUM(profit) AS profit,
           ROUND(COALESCE(SUM(amount) FILTER (
               WHERE day > CURRENT_DATE - interval '1 year'), 0), 2) AS recent,
           SUM(profit) FILTER (WHERE day > CURRENT_DATE - interval '1 year') AS recent_profit,
           SUM(amount) FILTER (WHERE day <= CURRENT_DATE - interval '1 year'
                                 AND day > CURRENT_DATE - interval '2 years') AS earlier,
           CASE WHEN MIN(user_id) = MAX(user_id) THEN MIN(user_id) END AS user_id,
           CASE WHEN MIN(team_id) = MAX(team_id) THEN MIN(team_id) END AS team_id
      FROM orders GROUP BY partner_id),
edge AS (
    SELECT percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY last) AS r,
           percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY number) AS f,
           percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY revenue) AS m,
           percentile_cont(0.5) WITHIN GROUP (
               ORDER BY (last - first)::float8 / NULLIF(days - 1, 0)) AS gap,
           (COUNT(*) FILTER (WHERE earlier IS NOT NULL AND recent_profit IS NOT NULL) + 1.0)
               / (COUNT(*) FILTER (WHERE earlier IS NOT NULL) + 2) AS retention
      FROM customer),
tier AS (
    SELECT MIN(recent) FILTER (WHERE before < 0.80 * total) AS a,
           MIN(recent) FILTER (WHERE before < 0.95 * total) AS b
      FROM (SELECT recent, SUM(SUM(recent)) OVER (ORDER BY recent DESC) - SUM(recent) AS before,
                   SUM(SUM(recent)) OVER () AS total
              FROM customer WHERE recent > 0 GROUP BY recent) ranked),
owed AS (
    SELECT p.commercial_partner_id AS partner_id, SUM(l.amount_residual) AS residual,
           SUM(l.amount_residual) FILTER (
               WHERE l.amount_residual > 0 AND l.date_maturity < CURRENT_DATE) AS overdue
      FROM account_move_line l
      JOIN res_partner p ON p.id = l.partner_id
     WHERE l.account_id IN (SELECT id FROM account_account WHERE account_type = 'asset_receivable')
       AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE AND l.amount_residual <> 0
  GROUP BY p.commercial_partner_id)
SELECT customer.*, owed.residual, owed.overdue,
       revenue / number AS average,
       last + ROUND(COALESCE((last - first)::numeric / NULLIF(days - 1, 0), edge.gap::numeric))::int
           AS expected,
       1 + (last > r[1])::int + (last > r[2])::int + (last > r[3])::int + (last > r[4])::int
           AS recency,
       1 + (number > f[1])::int + (number > f[2])::int + (number > f[3])::int
           + (number > f[4])::int AS frequency,
       1 + (revenue > m[1])::int + (revenue > m[2])::int + (revenue > m[3])::int
           + (revenue > m[4])::int AS monetary,
       CASE WHEN recent >= tier.a THEN 'a' WHEN recent >= tier.b THEN 'b' ELSE 'c' END AS tier,
       risk,
       (1 - risk) * recent_profit * edge.retention / (1.1 - edge.retention) AS projected
  FROM customer
 CROSS JOIN edge
 CROSS JOIN tier
  LEFT JOIN owed USING (partner_id)
 CROSS JOIN LATERAL (
       SELECT 1 - 1 / (1 + 0.891::float8 / (0.614 + days) * EXP(LEAST(700, (days - 0.475) * LN(
                  (0.525 * edge.gap + (CURRENT_DATE - first))
                  / (0.525 * edge.gap + (last - first)))))) AS risk) gone
