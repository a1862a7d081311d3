from . import (
    crm_availability_mixin,
    crm_cached_mixin,
    crm_contacted_mixin,
    crm_customizable_mixin,
    crm_interaction_mixin,
    crm_lead_detail_mixin,
    crm_search_mixin,
    crm_timeline_mixin,
)
