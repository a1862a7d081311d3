-- So many contacts and so many leads, three in four of which are opportunities with four products and
-- a history of stages, in English and Arabic, made in seconds. Of what Odoo would compute there is only
-- what its screens and searches read.
-- Parameters: number; users, teams, stages, products (lists of ids); company, currency, country

CREATE TEMPORARY TABLE scene ON COMMIT DROP AS
SELECT ARRAY['Layla','Omar','Sara','James','Maria','Peter','Nadia','Hassan','Emily','Karim','Anna','Yusuf','Ingrid','Paolo','Sofia','Daniel'] AS first_en,
       ARRAY['Haddad','Smith','Khoury','Klein','Rossi','Nasser','Brown','Saleh','Larsen','Garcia','Mansour','Weber','Young','Farah','Moreau','Novak','Petrov','Okafor','Tanaka','Silva'] AS last_en,
       ARRAY['أحمد','فاطمة','إبراهيم','آمنة','محمّد','هدى','عبد الله','رؤى','مصطفى','سماء','يحيى','لؤي','أسماء','خالد','منى','وائل'] AS first_ar,
       ARRAY['الحسيني','الحربي','العلي','القحطاني','المصري','الشامي','النجار','الزهراني','الخوري','البغدادي','الفاسي','العمري'] AS last_ar,
       ARRAY['Oak','Cedar','River','Atlas','Falcon','Harbour','Summit','Delta','Orion','Jasmine','Pearl','Vertex','Nile','Coral','Amber','Granite','Willow','Beacon','Saffron','Juniper'] AS brand_en,
       ARRAY['النور','البنيان','الأمل','الصفوة','الريادة','الواحة','القمّة','النخبة','الشروق','الأصالة'] AS brand_ar,
       ARRAY['Trading','Trading','Trading','Furniture','Logistics','Foods','Clinics','Hotels','Consulting','Textiles'] AS branch_en,
       ARRAY['للتجارة','للتجارة','للتجارة','للأثاث','للمقاولات','للأغذية','للخدمات الطبيّة','للاستشارات'] AS branch_ar,
       ARRAY['Furniture for the new office','Chairs for the canteen','Meeting room','Replacement of desks','Training of the team','Showroom','Warehouse shelves','Yearly supply'] AS subject_en,
       ARRAY['أثاث المكتب الجديد','كراسي المطعم','قاعة الاجتماعات','تجهيز الفرع','تدريب الفريق','رفوف المستودع'] AS subject_ar,
       ARRAY['Amman','Berlin','London','Dubai','Oslo','Milan','Cairo','Madrid','Riyadh','Prague'] AS city_en,
       ARRAY['عمّان','الرياض','القاهرة','دبي','بيروت','الدوحة'] AS city_ar;

-- r(n, k): a number that looks random, the same in each run
CREATE FUNCTION pg_temp.r(n integer, k integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint4(n * 31 + k) & 2147483647) $$;
CREATE FUNCTION pg_temp.pick(list text[], n integer, k integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT list[1 + pg_temp.r(n, k) %% cardinality(list)] $$;

CREATE TEMPORARY TABLE person ON COMMIT DROP AS
SELECT n,
       n %% 3 = 0 AS arabic,
       CASE WHEN n %% 3 = 0 THEN pg_temp.pick(first_ar, n, 1) || ' ' || pg_temp.pick(last_ar, n, 2)
            ELSE pg_temp.pick(first_en, n, 1) || ' ' || pg_temp.pick(last_en, n, 2) END AS person,
       CASE WHEN n %% 3 = 0 THEN 'شركة ' || pg_temp.pick(brand_ar, n, 3) || ' ' || pg_temp.pick(branch_ar, n, 4)
            ELSE pg_temp.pick(brand_en, n, 3) || ' ' || pg_temp.pick(last_en, n, 5) || ' ' || pg_temp.pick(branch_en, n, 4) END AS company,
       CASE WHEN n %% 3 = 0 THEN pg_temp.pick(subject_ar, n, 6) ELSE pg_temp.pick(subject_en, n, 6) END AS subject,
       CASE WHEN n %% 3 = 0 THEN pg_temp.pick(city_ar, n, 7) ELSE pg_temp.pick(city_en, n, 7) END AS city,
       lower(CASE WHEN n %% 3 = 0 THEN 'info' ELSE pg_temp.pick(first_en, n, 1) END) || '.' || n || '@'
           || lower(pg_temp.pick(brand_en, n, 3)) || pg_temp.r(n, 8) %% 5000 || '.example.com' AS email,
       '+9627' || 70000000 + n AS phone
  FROM scene, generate_series(1, %(number)s) n;

CREATE TEMPORARY TABLE contact ON COMMIT DROP AS
SELECT nextval('res_partner_id_seq')::integer AS id, * FROM person;
CREATE UNIQUE INDEX ON contact (n);

INSERT INTO res_partner (id, name, complete_name, commercial_partner_id, commercial_company_name, is_company, email,
       email_normalized, phone, phone_sanitized, city, country_id, ref, type, lang, active, employee, partner_share,
       autopost_bills, create_uid, write_uid, create_date, write_date)
SELECT id, name, name, id, CASE WHEN is_company THEN name END, is_company, email, email,
       overlay(phone placing ' ' from 5 for 0), phone, city, %(country)s, 'C' || lpad(n::text, 6, '0'), 'contact',
       'en_US', true, false, true, 'ask', 1, 1, now(), now()
  FROM (SELECT *, n %% 2 = 0 AS is_company, CASE WHEN n %% 2 = 0 THEN company || ' ' || n ELSE person END AS name FROM contact) c;

CREATE TEMPORARY TABLE fresh_lead ON COMMIT DROP AS
SELECT nextval('crm_lead_id_seq')::integer AS id, person.*,
       CASE WHEN person.n %% 4 = 0 THEN 'lead' ELSE 'opportunity' END AS type,
       (%(users)s)[1 + pg_temp.r(person.n, 11) %% cardinality(%(users)s)] AS user_id,
       (%(teams)s)[1 + pg_temp.r(person.n, 12) %% cardinality(%(teams)s)] AS team_id,
       (%(stages)s)[1 + pg_temp.r(person.n, 13) %% cardinality(%(stages)s)] AS stage_id,
       CASE WHEN person.n %% 4 <> 0 THEN contact.id END AS partner_id,
       now() - pg_temp.r(person.n, 14) %% 1000 * interval '1 day' AS date
  FROM person
  LEFT JOIN contact ON contact.n = 1 + pg_temp.r(person.n, 15) %% %(number)s;

INSERT INTO crm_lead (id, name, type, priority, user_id, team_id, stage_id, company_id, partner_id, contact_name,
       partner_name, email_from, email_normalized, phone, phone_sanitized, city, country_id, won_status, active,
       probability, automated_probability, expected_revenue, prorated_revenue, date_open, date_last_stage_update,
       color, message_bounce, day_open, day_close, create_uid, write_uid, create_date, write_date)
SELECT id, subject || ' ' || n, type, (pg_temp.r(n, 16) %% 4)::text, user_id, team_id, stage_id, %(company)s, partner_id,
       person, company, email, email, overlay(phone placing ' ' from 5 for 0), phone, city, %(country)s, 'pending', true,
       10, 10, 1000 + pg_temp.r(n, 17) %% 90000, 100 + pg_temp.r(n, 17) %% 9000, date, date, 0, 0, 0, 0, 1, 1, date, date
  FROM fresh_lead;

INSERT INTO crm_opportunity_line (lead_id, sequence, product_id, name, quantity, price_unit, pricelist_price, discount,
       price_subtotal, margin, company_id, currency_id, partner_id, user_id, team_id, stage_id, won_status,
       create_uid, write_uid, create_date, write_date)
SELECT lead.id, k * 10, (%(products)s)[1 + pg_temp.r(lead.n, 20 + k) %% cardinality(%(products)s)], 'Product', k, 100, 100, 0,
       k * 100, k * 20, %(company)s, %(currency)s, lead.partner_id, lead.user_id, lead.team_id, lead.stage_id, 'pending',
       1, 1, lead.date, lead.date
  FROM fresh_lead lead, generate_series(1, 4) k
 WHERE lead.type = 'opportunity';

INSERT INTO crm_stage_move (lead_id, date, kind, type, from_stage_id, to_stage_id, duration, user_id, team_id, company_id)
SELECT lead.id, lead.date + k * interval '4 days', CASE WHEN k = 1 THEN 'created' ELSE 'stage' END, lead.type,
       CASE WHEN k > 1 THEN (%(stages)s)[k - 1] END, (%(stages)s)[k], CASE WHEN k > 1 THEN 96 ELSE 0 END,
       lead.user_id, lead.team_id, %(company)s
  FROM fresh_lead lead, generate_series(1, array_position(%(stages)s, lead.stage_id)) k;

DROP FUNCTION pg_temp.pick(text[], integer, integer);
DROP FUNCTION pg_temp.r(integer, integer);
