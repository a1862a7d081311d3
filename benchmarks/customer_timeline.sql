-- A database with many interactions and messages, in English and Arabic, made in minutes: a customer
-- (n = 1) with very many events, spread over a thousand contacts and thousands of documents, one (n =
-- 2) with few of the same kinds, and many more.
-- Parameters: events of the large customer, small: of the small one, others: number of the others,
-- interactions and messages: how many in all; users, stages (lists of ids), company, currency,
-- journal, subtype

CREATE TEMPORARY TABLE scene ON COMMIT DROP AS
SELECT ARRAY['delivery','price','chairs','desk','office','invoice','order','meeting','thanks','sample','colour','wood','monday','discount','contract','quality','transport','warehouse','colleague','answer'] AS words_en,
       ARRAY['التسليم','السعر','كراسي','مكتب','فاتورة','طلبيّة','اجتماع','شكراً','عيّنة','اللون','الخشب','الاثنين','خصم','العقد','الجودة','الشحن','المستودع','زميل','إجابة','أسعار'] AS words_ar;

-- r(n, k): a number that looks random, the same in each run
CREATE FUNCTION pg_temp.r(n integer, k integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8(n::bigint * 31 + k) & 2147483647) $$;
CREATE FUNCTION pg_temp.words(list text[], n integer, number integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT string_agg(list[1 + pg_temp.r(n, k) %% cardinality(list)], ' ') FROM generate_series(1, number) k $$;
CREATE FUNCTION pg_temp.moment(n integer, k integer) RETURNS timestamp LANGUAGE sql STABLE AS
$$ SELECT (now() AT TIME ZONE 'UTC')::timestamp(0) - pg_temp.r(n, k) %% 157680000 * interval '1 second' $$;
-- everything of the small customer belongs to the salesperson who reads it
CREATE FUNCTION pg_temp.person(customer integer, n integer, users integer[]) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT users[1 + CASE WHEN customer = 2 THEN 0 ELSE pg_temp.r(n, 5) %% cardinality(users) END] $$;

CREATE TEMPORARY TABLE customer ON COMMIT DROP AS
SELECT n,
       CASE n WHEN 1 THEN %(events)s WHEN 2 THEN %(small)s END AS events,
       CASE n WHEN 1 THEN 1000 WHEN 2 THEN 10 ELSE 2 END AS contacts
  FROM generate_series(1, %(others)s + 2) n;
-- how many of each kind
CREATE TEMPORARY TABLE share ON COMMIT DROP AS
SELECT n, contacts,
       COALESCE(events * 30 / 100, (%(interactions)s - (%(events)s + %(small)s) * 30 / 100) / %(others)s) AS interactions,
       COALESCE(events * 32 / 100, (%(messages)s - (%(events)s + %(small)s) * 32 / 100) / %(others)s) AS messages,
       COALESCE(events * 10 / 100, 1) AS documents,
       COALESCE(events * 8 / 100, 0) AS payments
  FROM customer;

CREATE TEMPORARY TABLE contact ON COMMIT DROP AS
SELECT nextval('res_partner_id_seq')::integer AS id, n, k FROM share, generate_series(1, contacts) k ORDER BY n, k;
CREATE UNIQUE INDEX ON contact (n, k);
INSERT INTO res_partner (id, parent_id, name, complete_name, commercial_partner_id, is_company, email, email_normalized,
       type, lang, active, employee, partner_share, autopost_bills, reminder_mode, create_uid, write_uid, create_date, write_date)
SELECT contact.id, CASE WHEN k > 1 THEN company.id END, name, name, company.id, k = 1, email, email,
       'contact', 'en_US', true, false, true, 'ask', 'automatic', 1, 1, now(), now()
  FROM contact
  JOIN (SELECT n, id FROM contact WHERE k = 1) company USING (n),
       LATERAL (SELECT CASE WHEN k = 1 THEN 'Customer ' || n ELSE 'Person ' || n || ' ' || k END AS name,
                       'person' || n || '.' || k || '@example.com' AS email) made;

CREATE TEMPORARY TABLE document ON COMMIT DROP AS
SELECT n, number AS k, n * 10000 + number AS seed,
       nextval('crm_lead_id_seq')::integer AS lead_id,
       nextval('sale_order_id_seq')::integer AS order_id,
       nextval('account_move_id_seq')::integer AS move_id,
       contact.id AS partner_id, company.id AS company_id,
       pg_temp.person(n, n * 10000 + number, %(users)s) AS user_id
  FROM share
  CROSS JOIN LATERAL generate_series(1, documents) number
  JOIN contact USING (n)
  JOIN contact company USING (n)
 WHERE company.k = 1 AND contact.k = 1 + number %% contacts;
CREATE UNIQUE INDEX ON document (n, k);

INSERT INTO crm_lead (id, name, type, priority, user_id, company_id, partner_id, stage_id, won_status, active, probability,
       create_uid, write_uid, create_date, write_date)
SELECT lead_id, 'Furniture ' || seed, 'opportunity', '1', user_id, %(company)s, partner_id, (%(stages)s)[1], 'pending', true, 10,
       1, 1, pg_temp.moment(seed, 1), now()
  FROM document;
INSERT INTO crm_stage_move (lead_id, date, kind, type, to_stage_id, duration, user_id, company_id, customer_id, create_uid)
SELECT lead_id, pg_temp.moment(seed, 1), 'stage', 'opportunity', (%(stages)s)[2], 0, user_id, %(company)s, company_id, user_id
  FROM document;
INSERT INTO sale_order (id, name, company_id, partner_id, partner_invoice_id, partner_shipping_id, commercial_partner_id,
       date_order, state, user_id, currency_id, amount_total, opportunity_id, create_uid, write_uid, create_date, write_date)
SELECT order_id, 'SO' || seed, %(company)s, partner_id, partner_id, partner_id, company_id,
       pg_temp.moment(seed, 2), 'sale', user_id, %(currency)s, seed %% 5000, lead_id, 1, 1, pg_temp.moment(seed, 2), now()
  FROM document;
INSERT INTO account_move (id, name, journal_id, company_id, currency_id, state, move_type, auto_post, date, invoice_date, partner_id,
       commercial_partner_id, invoice_user_id, amount_total, amount_residual, payment_state, create_uid, write_uid, create_date, write_date)
SELECT move_id, 'BENCH/' || seed, %(journal)s, %(company)s, %(currency)s, 'posted', 'out_invoice', 'no', day, day, partner_id,
       company_id, user_id, seed %% 5000, 0, 'paid', 1, 1, day, now()
  FROM document, LATERAL (SELECT pg_temp.moment(seed, 3)::date AS day) d;
WITH payment AS (
    INSERT INTO account_payment (name, journal_id, company_id, currency_id, state, payment_type, partner_type, date, partner_id,
           amount, create_uid, write_uid, create_date, write_date)
    SELECT 'PAY' || seed, %(journal)s, %(company)s, %(currency)s, 'paid', 'inbound', 'customer', pg_temp.moment(seed, 4)::date,
           company_id, seed %% 5000, 1, 1, now(), now()
      FROM document JOIN share USING (n) WHERE k <= payments
    RETURNING id, name)
INSERT INTO account_move__account_payment (invoice_id, payment_id)
SELECT move_id, payment.id FROM document JOIN payment ON payment.name = 'PAY' || seed;

INSERT INTO crm_interaction (name, date, channel, direction, note, user_id, partner_id, commercial_partner_id, company_id, duration,
       search_index, create_uid, write_uid, create_date, write_date)
SELECT subject, date, (ARRAY['phone', 'visit', 'letter', 'chat'])[1 + seed %% 4], 'out', '<p>' || note || '</p>',
       pg_temp.person(i.n, seed, %(users)s), contact.id, company.id, %(company)s, 0.5,
       ' ' || lower(subject) || ' ' || translate(note, 'ةأإآًّ', 'هااا') || ' ', 1, 1, date, now()
  FROM (SELECT n, contacts, k, (n * 40000 + k) AS seed FROM share, generate_series(1, interactions) k) i
  CROSS JOIN LATERAL (SELECT pg_temp.moment(seed, 6) AS date, 'Call ' || seed AS subject,
                             pg_temp.words(CASE WHEN seed %% 3 = 0 THEN words_ar ELSE words_en END, seed, 25) AS note FROM scene) made
  JOIN contact ON contact.n = i.n AND contact.k = 1 + i.k %% contacts
  JOIN contact company ON company.n = i.n AND company.k = 1;

INSERT INTO mail_message (model, res_id, date, message_type, subtype_id, subject, body, author_id, email_from, is_internal,
       create_uid, write_uid, create_date, write_date)
SELECT model, res_id, date, 'email', %(subtype)s, CASE WHEN i.seed %% 4 = 0 THEN 'About the ' || word END,
       '<p>' || body || CASE WHEN i.seed %% 5000 = 7 THEN ' unicorn' ELSE '' END || CASE WHEN i.n > 2 THEN ' elsewhere' ELSE '' END
           || '</p><p>--<br/>Kind regards</p>',
       contact.id, 'person@example.com', false, 1, 1, date, now()
  FROM (SELECT n, contacts, documents, k, (n * 60000 + k) AS seed FROM share, generate_series(1, messages) k) i
  CROSS JOIN LATERAL (SELECT pg_temp.moment(i.seed, 8) AS date, words_en[1 + i.seed %% 20] AS word,
                             pg_temp.words(CASE WHEN i.seed %% 3 = 0 THEN words_ar ELSE words_en END, i.seed, 30) AS body FROM scene) made
  JOIN contact ON contact.n = i.n AND contact.k = 1 + i.k %% contacts
  JOIN document ON document.n = i.n AND document.k = 1 + i.k %% documents
  CROSS JOIN LATERAL (VALUES (0, 'res.partner', contact.id), (1, 'crm.lead', lead_id), (2, 'sale.order', order_id),
                             (3, 'account.move', move_id)) AS target(turn, model, res_id)
 WHERE target.turn = i.k / 7 %% 4;

DROP FUNCTION pg_temp.person(integer, integer, integer[]);
DROP FUNCTION pg_temp.moment(integer, integer);
DROP FUNCTION pg_temp.words(text[], integer, integer);
DROP FUNCTION pg_temp.r(integer, integer);
