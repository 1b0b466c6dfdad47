/* A reason. */
#include "base/good.h"
