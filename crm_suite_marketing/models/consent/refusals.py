"""Who must not be written to, and why."""

from odoo.tools import SQL

# Each domain once, and all that it is part of: a.b.com, b.com and com are looked up
QUERY = """
      WITH asked AS MATERIALIZED (%(asked)s),
           part AS (
           SELECT listed.domain, array_to_string(piece[place:], '.') AS whole, place
             FROM (SELECT DISTINCT domain FROM asked WHERE %(use_domains)s) AS listed
       CROSS JOIN LATERAL string_to_array(listed.domain, '.') AS piece
       CROSS JOIN LATERAL generate_subscripts(piece, 1) AS place
           ),
           bad AS MATERIALIZED (
           SELECT DISTINCT part.domain
             FROM part
             JOIN crm_suppressed_domain AS suppressed ON suppressed.domain = part.whole
            WHERE suppressed.active AND (suppressed.with_subdomains OR part.place = 1)
           )
    SELECT asked.address, reason
      FROM asked
CROSS JOIN LATERAL (
           SELECT CASE
                  WHEN %(use_blacklist)s AND EXISTS (
                       SELECT FROM %(blacklist)s AS blacklist
                        WHERE blacklist.%(column)s = asked.address AND blacklist.active
                  ) THEN 'blacklist'
                  WHEN asked.domain IN (SELECT domain FROM bad) THEN 'domain'
                  WHEN (%(left_lists)s) THEN 'list'
                  WHEN said.state IN ('withdrawn', 'suppressed') THEN said.state
                  WHEN EXISTS (
                       SELECT FROM crm_consent AS pause
                        WHERE pause.identity_key = asked.key
                          AND pause.channel = %(channel)s
                          AND (pause.purpose_id IS NULL OR pause.purpose_id = %(purpose)s)
                          AND pause.paused_until > %(now)s
                  ) THEN 'paused'
                  WHEN %(needs_opt_in)s AND said.state = 'requested' THEN 'unconfirmed'
                  WHEN %(needs_opt_in)s AND said.state IS NULL THEN 'no_consent'
                  END
             FROM (SELECT 1) AS one
        LEFT JOIN LATERAL (
                  SELECT consent.state
                    FROM crm_consent AS consent
                   WHERE consent.identity_key = asked.key
                     AND consent.channel = %(channel)s
                     AND (consent.purpose_id IS NULL OR consent.purpose_id = %(purpose)s)
                     AND consent.state IS NOT NULL
                ORDER BY consent.state = 'requested',
                         consent.decided_at DESC,
                         array_position(
                             ARRAY['withdrawn', 'suppressed', 'granted', 'requested'],
                             consent.state::text)
                   LIMIT 1
                  ) AS said ON TRUE
           ) AS found(reason)
     WHERE reason IS NOT NULL
"""
# Whoever has left comes back by himself only: what one of us writes into the list is no word of his
LEFT_LISTS = """
    SELECT bool_and(of_list.is_left)
      FROM (SELECT bool_or(COALESCE(subscription.opt_out, FALSE))
                   OR COALESCE((SELECT entry.state = 'withdrawn'
                                  FROM crm_consent_entry AS entry
                                 WHERE entry.identity_key = asked.key
                                   AND entry.channel = %(channel)s
                                   AND entry.mailing_list_id = subscription.list_id
                              ORDER BY entry.date DESC, entry.id DESC
                                 LIMIT 1), FALSE) AS is_left
              FROM mailing_subscription AS subscription
              JOIN mailing_contact AS contact ON contact.id = subscription.contact_id
             WHERE subscription.list_id = ANY(%(lists)s)
               AND contact.%(address)s = asked.address
          GROUP BY subscription.list_id) AS of_list
"""

# The database cannot write these as the ledger does: capitals and characters beyond ASCII, domains
# in the encoding of the network, or with a dot behind
ODD = SQL(
    """octet_length(address) <> char_length(address)
    OR address ~* '@(.*[.])?xn--'
    OR right(address, 1) = '.'"""
)
ASKED = """
    SELECT address,
           encode(sha256(convert_to(%(salt)s || lower(address), 'UTF8')), 'hex') AS key,
           split_part(lower(address), '@', 2) AS domain
      FROM (%(addresses)s) AS listed(address)
     WHERE NOT (%(odd)s)
 UNION ALL
    SELECT * FROM unnest(%(known)s::text[], %(keys)s::text[], %(domains)s::text[])
"""


def make_odd_query(addresses):
    """Return the query of those of the addresses that only Python can write as the ledger does."""
    return SQL(
        "SELECT address FROM (%(addresses)s) AS listed(address) WHERE %(odd)s",
        addresses=addresses,
        odd=ODD,
    )


def make_asked_query(addresses, salt, keys, domains):
    """Return the query of (address, key, domain) of a query of addresses.

    :param keys: ``{address: key}`` of the odd ones; `domains` the same
    """
    return SQL(
        ASKED,
        addresses=addresses,
        odd=ODD,
        salt=salt,
        known=list(keys),
        keys=list(keys.values()),
        domains=list(domains.values()),
    )


def make_query(asked, channel, purpose, lists, use_blacklist, use_domains, now):
    """Return the query of (address, reason) of those who must not be written to.

    :param asked: ``SQL`` of (address, key, domain)
    :param purpose: ``crm.consent.purpose``, or none
    :param lists: ids of mailing lists
    """
    is_email = channel == "email"
    left_lists = SQL("FALSE")
    if lists:
        left_lists = SQL(
            LEFT_LISTS,
            lists=lists,
            channel=channel,
            address=SQL.identifier("email_normalized" if is_email else "phone_sanitized"),
        )
    return SQL(
        QUERY,
        asked=asked,
        use_blacklist=use_blacklist,
        blacklist=SQL.identifier("mail_blacklist" if is_email else "phone_blacklist"),
        column=SQL.identifier("email" if is_email else "number"),
        use_domains=is_email and use_domains,
        left_lists=left_lists,
        channel=channel,
        purpose=purpose.id if purpose else None,
        needs_opt_in=bool(purpose and purpose.needs_opt_in),
        now=now,
    )


def describe(env):
    """Return the words of the reasons, in the language of the reader."""
    return {
        "missing": env._("No address"),
        "blacklist": env._("Blacklisted"),
        "domain": env._("Nobody at this domain is written to"),
        "list": env._("Left the mailing list"),
        "withdrawn": env._("Refused"),
        "suppressed": env._("Suppressed"),
        "paused": env._("Paused by the person"),
        "unconfirmed": env._("Not confirmed yet"),
        "no_consent": env._("Has not agreed"),
    }
