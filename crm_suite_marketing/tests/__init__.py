from .attribution import *
from .campaign import *
from .consent import *
from .content import *
from .engagement import *
from .lib import *
from .outbox import *
from .sending import *
