/* A source that trusts others to include what its header needs. */
#include <stdio.h>

#include "base/order.h"
