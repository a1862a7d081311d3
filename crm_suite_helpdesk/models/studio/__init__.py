from . import (
    crm_custom_field_usage,
    crm_customization_codec,
    crm_customization_pack,
    crm_customization_registry,
    crm_customization_writer,
)
