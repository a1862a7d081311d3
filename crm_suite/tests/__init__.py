from .base import *
from .customer import *
from .lib import *
from .pipeline import *
from .segment import *
from .studio import *
