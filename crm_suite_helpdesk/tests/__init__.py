from .deadline import *
from .facts import *
from .intake import *
from .lib import *
from .portal import *
from .sla import *
from .ticket import *
from .setup import *
