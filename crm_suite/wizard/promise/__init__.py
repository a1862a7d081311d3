from . import crm_payment_promise_cancel
