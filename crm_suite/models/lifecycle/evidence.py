"""Which document shows why a customer moved: queries of (customer id, document id)."""

LABELS = [
    ("none", "None"),
    ("lead", "The newest lead"),
    ("opportunity", "The newest opportunity"),
    ("won", "The newest won opportunity"),
    ("first_order", "The first order"),
    ("last_order", "The latest order"),
    ("referral", "The customer brought last"),
]
EVIDENCE_MODELS = {
    "lead": "crm.lead",
    "opportunity": "crm.lead",
    "won": "crm.lead",
    "first_order": "sale.order",
    "last_order": "sale.order",
    "referral": "res.partner",
}

_LEAD = """
    SELECT DISTINCT ON (contact.commercial_partner_id) contact.commercial_partner_id, lead.id
      FROM res_partner AS contact
      JOIN crm_lead AS lead ON lead.partner_id = contact.id
     WHERE contact.commercial_partner_id = ANY(%(ids)s)
       AND lead.active
  ORDER BY contact.commercial_partner_id, lead.id DESC
"""
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
_REFERRAL = """
    SELECT DISTINCT ON (referrer.commercial_partner_id) referrer.commercial_partner_id, partner.id
      FROM res_partner AS referrer
      JOIN res_partner AS partner ON partner.referred_by_id = referrer.id
     WHERE referrer.commercial_partner_id = ANY(%(ids)s)
       AND partner.active
  ORDER BY referrer.commercial_partner_id, partner.id DESC
"""
EVIDENCE = {
    "lead": _LEAD,
    "opportunity": _OPPORTUNITY,
    "won": _WON,
    "first_order": _FIRST_ORDER,
    "last_order": _LAST_ORDER,
    "referral": _REFERRAL,
}
