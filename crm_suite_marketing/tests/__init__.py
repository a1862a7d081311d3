from .campaign import *
from .engagement import *
