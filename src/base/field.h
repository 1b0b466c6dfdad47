/*
 * The pieces of HTTP field values that are lists: "text/html;q=0.8, text/plain". RFC
 * 9110 5.6.1, 12.4.2.
 */
#pragma once

#include "base/span.h"

enum { FIELD_WEIGHT_ONE = 1000 };

/* Without the spaces and tabs around it. */
struct span field_trim(struct span text);
/* The trimmed part before the first `separator`; *rest becomes what follows it, empty at the end.
 */
struct span field_cut(struct span *rest, uint8_t separator);
/* Is the trimmed parameter a weight, good or bad: does it start with "q="? */
bool field_is_weight(struct span parameter);
/* "q=0.8" in thousandths. False when it is not 0 to 1 with at most three decimals. */
bool field_weight(struct span parameter, int *ret_weight);
