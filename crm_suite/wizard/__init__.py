from . import collection, dispute, lifecycle, pipeline, promise, statement, studio, timeline
from . import collection, dispute, pipeline, promise, segment, statement, studio, timeline
