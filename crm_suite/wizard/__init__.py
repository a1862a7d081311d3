from . import collection, dispute, lifecycle, pipeline, promise, statement, studio, timeline
