/* The life of one simulated phone, from the opening of its bundle to what came of it. */
#pragma once

#include "wish.h"

/* Exit codes, the worst last. */
enum life_end { LIFE_IN = 0, LIFE_NOT_IN = 1, LIFE_WRONG_USE = 2, LIFE_FAULT = 4, LIFE_WIPE = 5 };

/* Lines of JSON on standard output, each in one piece. */
enum life_end life_run(const struct wish *wish);
