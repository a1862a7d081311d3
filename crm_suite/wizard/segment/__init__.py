from . import crm_segment_overlap, crm_segment_overlap_line
