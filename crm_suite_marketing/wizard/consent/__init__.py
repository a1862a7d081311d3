from . import crm_consent_erasure
from . import crm_consent_recording
