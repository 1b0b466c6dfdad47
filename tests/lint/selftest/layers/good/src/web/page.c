#include "base/span.h"
#include "store/db.h"
#include <sqlite4.h>
/* #include "above/page.h" */
