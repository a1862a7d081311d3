from . import collection, dispute, pipeline, promise, statement, studio, timeline
