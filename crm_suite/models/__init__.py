# mixins first: a model can only inherit what is already known; studio last: it sees finished forms
from . import mixins
from . import base, timeline, customer, working_time
from . import delivery
from . import movement, pipeline, qualification, follow_up, assignment, automation, intake, search
from . import purchase, collection, dispute, promise, statement
from . import metric, lifecycle, referral, occasion, recommendation, profile
from . import segment, customer_page, studio
from . import outlet
