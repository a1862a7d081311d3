from . import crm_delivery_mixin
from . import mail_mail
