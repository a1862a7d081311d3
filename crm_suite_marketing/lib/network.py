"""Where a visitor comes from, as far as we keep it. No Odoo."""

import ipaddress


def get_network(address: str | None) -> str:
    """Return the neighbourhood of an IP address (/24, or /48 in IPv6), which names no line; empty
    for whatever is no address.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ipaddress.ip_network((str(found), 24 if found.version == 4 else 48), strict=False))
