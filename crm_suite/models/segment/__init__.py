from . import crm_segment, crm_segment_member, res_partner
