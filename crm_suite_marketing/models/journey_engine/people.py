"""Who the records of a journey are: their contact, and the key by which a person is known."""

from odoo.tools import SQL

from ...lib import consent as lib
from ..audience.audience import make_source
from ..consent.crm_consent import KINDS

PERSON = """
    SELECT person.res_id, person.partner_id,
           CASE WHEN person.partner_id IS NOT NULL THEN 'partner:' || person.partner_id
                WHEN COALESCE(person.address, lower(trim(person.raw))) != ''
                THEN encode(sha256(convert_to(
                         %(salt)s || lower(COALESCE(person.address, trim(person.raw))), 'UTF8'
                     )), 'hex')
           END AS identity_key
      FROM (%(source)s)
           AS person(res_id, partner_id, company_id, name, raw, address, lang, tz, reason)
"""


def is_document(model):
    """Say whether people have several of these, each with a way of its own, as orders, invoices
    and tickets: other than leads, who are people themselves.
    """
    return "is_blacklisted" not in model._fields


def make_people(model, ids, is_apart=False):
    """Return the query of (res_id, partner_id, identity_key) of records.

    Records of one contact are one person; without a contact, those with one address. It is kept as
    the ledger of consent keeps it, so the key names nobody.

    :param ids: ``SQL`` that selects ids
    :param is_apart: each record of a contact goes by itself
    """
    # sudo: the key is nobody's to read
    key = model.env["crm.consent"].sudo()._get_key()
    if model._name == "res.partner":
        return SQL(
            """SELECT target.id AS res_id, target.id AS partner_id,
                      'partner:' || target.id AS identity_key
                 FROM res_partner AS target WHERE target.id IN (%s)""",
            ids,
        )
    people = SQL(PERSON, salt=lib.salt(key, KINDS["email"]), source=make_source(model, ids))
    if is_apart:
        # those of strangers stay together: by the address they are erased
        return SQL(
            """SELECT whose.res_id, whose.partner_id,
                      CASE WHEN whose.partner_id IS NULL THEN whose.identity_key END AS identity_key
                 FROM (%s) AS whose""",
            people,
        )
    return people
