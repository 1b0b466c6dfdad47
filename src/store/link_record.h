/* The fields of struct link_row, for link_store.c: private to the store. */
#pragma once

#include "store/link_row.h"
#include "store/record.h"

extern const struct record_type link_record;
