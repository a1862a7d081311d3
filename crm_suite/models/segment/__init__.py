from . import crm_segment_criterion
from . import crm_segment_filter_mixin
from . import crm_segment_query_mixin, crm_segment_evaluation_mixin, crm_segmented_mixin
from . import (
    account_move,
    base_partner_merge_automatic_wizard,
    crm_lead,
    crm_segment,
    crm_segment_member,
    crm_segment_size,
    res_partner,
    res_users,
    sale_order,
)
