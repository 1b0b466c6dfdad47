#include "base/no_reason.h"
