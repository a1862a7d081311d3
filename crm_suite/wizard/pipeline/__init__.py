from . import crm_pipeline_review
