/* Many simulated phones at once, in one process: a line of a file for each. */
#pragma once

#include "life.h"

/* Each line holds the options of one phone, besides those that `common` has for all. Returns the
 * worst end of any. */
enum life_end fleet_run(const struct wish *common);
