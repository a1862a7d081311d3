from .campaign import *
from .consent import *
from .engagement import *
from .lib import *
