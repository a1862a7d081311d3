from . import crm_customizable_mixin
