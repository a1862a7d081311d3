from . import collection, dispute, lifecycle, pipeline, promise, segment, statement, studio
from . import timeline
