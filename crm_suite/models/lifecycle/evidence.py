"""Which document shows why a customer moved: queries of (customer id, document id)."""

from odoo.tools import SQL

LABELS = [
    ("none", "None"),
    ("lead", "The newest lead"),
    ("qualified", "The newest qualified lead"),
    ("opportunity", "The newest opportunity"),
    ("won", "The newest won opportunity"),
    ("first_order", "The first order"),
    ("last_order", "The latest order"),
    ("referral", "The customer brought last"),
]
EVIDENCE_MODELS = {
    "lead": "crm.lead",
    "qualified": "crm.lead",
    "opportunity": "crm.lead",
    "won": "crm.lead",
    "first_order": "sale.order",
    "last_order": "sale.order",
    "referral": "res.partner",
}

# of several leads, one that is still open says more
_LEAD = """
    SELECT DISTINCT ON (contact.commercial_partner_id) contact.commercial_partner_id, lead.id
      FROM res_partner AS contact
      JOIN crm_lead AS lead ON lead.partner_id = contact.id
     WHERE contact.commercial_partner_id = ANY(%(ids)s)
       AND lead.active
  ORDER BY contact.commercial_partner_id, (lead.won_status = 'pending') DESC NULLS LAST,
           lead.id DESC
"""
_QUALIFIED = _LEAD.replace("AND lead.active", "AND lead.active AND lead.id IN (%(qualified)s)")
_OPPORTUNITY = _LEAD.replace("AND lead.active", "AND lead.active AND lead.type = 'opportunity'")
_WON = _LEAD.replace("AND lead.active", "AND lead.active AND lead.won_status = 'won'")
_LAST_ORDER = """
    SELECT DISTINCT ON (contact.commercial_partner_id) contact.commercial_partner_id, sold.id
      FROM res_partner AS contact
      JOIN sale_order AS sold ON sold.partner_id = contact.id
     WHERE contact.commercial_partner_id = ANY(%(ids)s)
       AND sold.state = 'sale'
  ORDER BY contact.commercial_partner_id, sold.date_order DESC, sold.id DESC
"""
_FIRST_ORDER = _LAST_ORDER.replace("DESC", "ASC")
# of several customers brought, one who has bought says more
_REFERRAL = """
    SELECT DISTINCT ON (referrer.commercial_partner_id) referrer.commercial_partner_id, partner.id
      FROM res_partner AS referrer
      JOIN res_partner AS partner ON partner.referred_by_id = referrer.id
     WHERE referrer.commercial_partner_id = ANY(%(ids)s)
       AND partner.active
  ORDER BY referrer.commercial_partner_id,
           EXISTS (SELECT
                     FROM res_partner AS buyer
                     JOIN sale_order AS sold ON sold.partner_id = buyer.id
                    WHERE buyer.commercial_partner_id = partner.id
                      AND sold.state = 'sale') DESC,
           partner.id DESC
"""
EVIDENCE = {
    "lead": _LEAD,
    "qualified": _QUALIFIED,
    "opportunity": _OPPORTUNITY,
    "won": _WON,
    "first_order": _FIRST_ORDER,
    "last_order": _LAST_ORDER,
    "referral": _REFERRAL,
}


def select_documents(env, kind, partner_ids):
    """Return the query of the document of each of these customers; not of all there is one.

    :param str kind: one of the keys of ``LABELS``, not ``none``
    """
    qualified = SQL()
    if kind == "qualified":
        # sudo: the document is named to those only who may read it
        leads = env["crm.lead"].sudo()
        domain = [
            ("is_qualified", "=", True),
            ("partner_id.commercial_partner_id", "in", partner_ids),
        ]
        qualified = leads._search(domain).select()
    return SQL(EVIDENCE[kind], ids=partner_ids, qualified=qualified)
