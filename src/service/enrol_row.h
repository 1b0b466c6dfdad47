/* From the store's row to the value that the layers above see. */
#pragma once

#include "service/enrol.h"

/* Texts that are too long for the value are cut; the store's checks keep them shorter. */
void enrolment_from_row(const struct link_row *row, int64_t now, struct enrolment *ret_link);
