import { TourAutomatic } from "@web_tour/js/tour_automatic/tour_automatic";

// A busy machine is no fault of a test: a step waits a minute for its trigger, not ten seconds
TourAutomatic.prototype.timeout = 60000;
