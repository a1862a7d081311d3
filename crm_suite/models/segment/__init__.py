from . import (
    base_partner_merge_automatic_wizard,
    crm_segment,
    crm_segment_member,
    res_partner,
    res_users,
)
