from . import crm_rule_clock_mixin  # what enforces rules inherits it
from . import crm_rule_enforcement_mixin  # what is customizable inherits it
from . import (
    crm_availability_mixin,
    crm_cached_mixin,
    crm_contacted_mixin,
    crm_customizable_field_mixin,
    crm_customizable_mixin,
    crm_customization_audit_mixin,
    crm_customization_mixin,
    crm_default_value_mixin,
    crm_domain_words_mixin,
    crm_form_title_mixin,
    crm_interaction_mixin,
    crm_lead_detail_mixin,
    crm_record_link_mixin,
    crm_rule_compiler_mixin,
    crm_rule_opposite_mixin,
    crm_rule_value_mixin,
    crm_rule_view_mixin,
    crm_rule_words_mixin,
    crm_search_mixin,
    crm_timeline_mixin,
)
