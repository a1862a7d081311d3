from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import ConsentCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestGate(ConsentCommon):
    """What everything that sends asks first."""

    def test_where_one_has_to_agree(self):
        self.assertEqual(self.refusal(AMAL, self.offers), "no_consent")
        self.say(AMAL, "requested", self.offers)
        self.assertEqual(self.refusal(AMAL, self.offers), "unconfirmed")
        self.say(AMAL, "granted", self.offers)
        self.assertIsNone(self.refusal(AMAL, self.offers))
        self.say(AMAL, "withdrawn", self.offers)
        self.assertEqual(self.refusal(AMAL, self.offers), "withdrawn")

    def test_where_it_is_enough_not_to_refuse(self):
        self.assertIsNone(self.refusal(AMAL, self.news))
        self.say(AMAL, "withdrawn", self.offers)
        self.assertIsNone(self.refusal(AMAL, self.news))
        self.say(AMAL, "withdrawn", self.news)
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        self.assertIsNone(self.refusal(AMAL))

    def test_everything_is_refused_and_something_wanted_again(self):
        now = fields.Datetime.now()
        self.say(AMAL, "withdrawn", date=now - timedelta(days=2))
        for purpose in (None, self.offers, self.news):
            self.assertEqual(self.refusal(AMAL, purpose), "withdrawn")
        self.say(AMAL, "granted", self.offers, date=now - timedelta(days=1))
        self.assertIsNone(self.refusal(AMAL, self.offers))
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        self.assertEqual(self.refusal(AMAL), "withdrawn")

    def test_channels_are_apart(self):
        self.say("+32456000001", "granted", self.offers, "sms")
        self.assertIsNone(self.refusal("+32456000001", self.offers, "sms"))
        self.assertEqual(self.refusal(AMAL, self.offers), "no_consent")

    def test_pause(self):
        later = fields.Datetime.now() + timedelta(days=30)
        self.say(AMAL, "granted", self.offers)
        self.say(AMAL, "paused", until=later)
        self.assertEqual(self.refusal(AMAL, self.offers), "paused")
        self.assertEqual(self.refusal(AMAL), "paused")
        self.say(AMAL, "paused", until=False, date=fields.Datetime.now() + timedelta(seconds=1))
        self.assertIsNone(self.refusal(AMAL, self.offers))

    def test_domains(self):
        domain = self.env["crm.suppressed.domain"].create(
            {"domain": " @Rival.EXAMPLE.com", "reason": "Rival", "with_subdomains": True}
        )
        self.assertEqual(domain.domain, "rival.example.com")
        for address, reason in (
            ("x@rival.example.com", "domain"),
            ("x@mail.rival.example.com", "domain"),
            ("x@notrival.example.com", None),
            ("x@example.com", None),
        ):
            self.assertEqual(self.refusal(address), reason, address)
        domain.with_subdomains = False
        self.assertIsNone(self.refusal("x@mail.rival.example.com"))
        domain.active = False
        self.assertIsNone(self.refusal("x@rival.example.com"))
        with self.assertRaises(ValidationError):
            domain.domain = "no domain"

    def test_a_refusal_at_a_suppressed_domain_is_a_refusal(self):
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.say(AMAL, "withdrawn", self.offers, date=yesterday)
        self.env["crm.suppressed.domain"].create({"domain": "customer.example.com", "reason": "x"})
        entered = self.consent._enter([AMAL], "email", "granted", self.offers, source="manual")
        self.assertEqual(entered, {AMAL: "requested"})

    def test_a_domain_in_another_writing(self):
        self.env["crm.suppressed.domain"].create({"domain": "xn--mnchen-3ya.de", "reason": "x"})
        self.assertEqual(self.refusal("x@MÜNCHEN.de"), "domain")

    def test_the_blacklist_counts(self):
        self.assertEqual(self.refusal("Celine@customer.example.com", self.news), "blacklist")
        self.assertEqual(self.refusal("+32456000004", self.offers, "sms"), "blacklist")
        self.assertIsNone(
            self.refusal("celine@customer.example.com", self.news, use_blacklist=False)
        )

    def test_mailing_lists_count(self):
        readers, others = self.make_list("Readers", AMAL), self.make_list("Others", AMAL)
        self.assertIsNone(self.refusal(AMAL, mailing_lists=readers))
        readers._update_subscription_from_email(AMAL, opt_out=True)
        self.assertEqual(self.refusal(AMAL, mailing_lists=readers), "list")
        self.assertIsNone(self.refusal(AMAL, mailing_lists=others))

    def test_no_address(self):
        found = self.consent._get_refusals(["", "nobody", AMAL], "email", self.news)
        self.assertEqual(found, {"": "missing", "nobody": "missing"})

    def test_one_query_for_any_number(self):
        addresses = [f"person{number}@example.com" for number in range(500)]
        self.say(addresses[7], "withdrawn", self.news)
        self.env.flush_all()
        self.consent._get_refusals(addresses[:1], "email", self.news)
        with self.assertQueryCount(1):
            found = self.consent._get_refusals(addresses, "email", self.news)
        self.assertEqual(found, {addresses[7]: "withdrawn"})

    def test_long_lists_are_looked_up(self):
        """Neither thousands of domains nor of mailing contacts are read for each address."""
        self.env.flush_all()
        readers = self.env["mailing.list"].create({"name": "Readers"})
        for statement in (
            """INSERT INTO crm_suppressed_domain (domain, reason, active, with_subdomains)
               SELECT 'd' || number || '.example.net', 'x', TRUE, TRUE
                 FROM generate_series(1, 5000) AS number""",
            """INSERT INTO mailing_contact (name, email, email_normalized)
               SELECT 'x', 'x' || number || '@example.org', 'x' || number || '@example.org'
                 FROM generate_series(1, 5000) AS number""",
            "ANALYZE crm_suppressed_domain, mailing_contact",
        ):
            self.env.cr.execute(statement)
        addresses = [f"x{number}@a.b{number}.d7.example.net" for number in range(50)]
        addresses.append("x@xd7.example.net")
        found = self.consent._get_refusals(addresses, mailing_lists=readers)
        self.assertEqual(set(found), set(addresses[:-1]))
        asked = SQL(
            "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS t(address, key, domain)",
            addresses,
            addresses,
            [one.rpartition("@")[2] for one in addresses],
        )
        query = self.consent._get_refusals_sql(asked, "email", mailing_lists=readers)
        # one pass over the domains is as good as the index; one for each address was not
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))
        self.env.cr.execute("SET LOCAL enable_seqscan = on")
        self.assertNotRegex(plan, "Seq Scan on (crm_suppressed_domain|mailing_contact)")

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        purpose = self.news.copy({"company_id": other.id})
        self.say(AMAL, "withdrawn", purpose)
        self.assertEqual(self.refusal(AMAL, purpose), "withdrawn")
        self.assertIsNone(self.refusal(AMAL, self.news))
        with self.assertRaises(ValidationError):
            purpose.company_id = False

    def test_a_changed_address_takes_refusals_with_it(self):
        self.say(AMAL, "withdrawn", self.news)
        self.say(AMAL, "granted", self.offers)
        self.amal.email = "amal.new@customer.example.com"
        self.assertEqual(self.refusal("amal.new@customer.example.com", self.news), "withdrawn")
        self.assertEqual(self.refusal("amal.new@customer.example.com", self.offers), "no_consent")
        self.assertEqual(self.entries_of("amal.new@customer.example.com").source, "address")

    def test_of_the_old_and_the_new_address_the_later_word_counts(self):
        now, new = fields.Datetime.now(), "amal.new@customer.example.com"
        self.say(AMAL, "withdrawn", date=now - timedelta(days=9))
        self.say(AMAL, "withdrawn", self.news, date=now - timedelta(days=9))
        self.say(AMAL, "withdrawn", self.double, date=now - timedelta(days=1))
        for purpose in (self.news, self.double, self.offers):
            self.say(new, "granted", purpose, date=now - timedelta(days=5))
        self.amal.email = new
        self.assertIsNone(self.refusal(new, self.news))
        self.assertIsNone(self.refusal(new, self.offers))
        self.assertEqual(self.refusal(new, self.double), "withdrawn")
        self.assertEqual(self.refusal(new), "withdrawn")
        count = len(self.entries_of(new))
        for address in (AMAL, new):
            self.amal.email = address
        self.assertEqual(len(self.entries_of(new)), count)

    def test_merged_contacts_keep_what_their_addresses_said(self):
        self.say(AMAL, "withdrawn", self.news)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([self.amal.id, self.emre.id], self.emre)
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        self.assertIsNone(self.refusal("emre@customer.example.com", self.news))
