"""Whoever takes somebody off a blacklist of Odoo leaves an entry in the ledger."""

import re

from odoo.tools import html2plaintext

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

# In the context where the person himself agrees again. No program can send it.
BY_PERSON = object()
REASON = "consent_lift_reason"


def note(blacklisted, channel, addresses):
    """Note that these addresses are taken off the blacklist: by whom, when, and why."""
    env = blacklisted.env
    # with the add-on its ledger goes, too
    if env.context.get(MODULE_UNINSTALL_FLAG) or not addresses:
        return
    if env.context.get("consent_by") is BY_PERSON:
        return
    Consent = env["crm.consent"]
    identities = {Consent._normalize(address, channel) for address in addresses}
    reason = env.context.get(REASON)
    Consent._record(
        sorted(filter(None, identities)),
        channel,
        "unblocked",
        source="blacklist",
        reason=_clean(reason) if isinstance(reason, str) else False,
        user_id=env.uid,
        text=False,
    )


def _clean(reason):
    text = html2plaintext(reason) if "<" in reason else reason
    return re.sub(r"\s+", " ", text).replace("\0", "").strip()[:500] or False
