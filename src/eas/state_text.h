/* Words of a state that is kept as one line of text; private to the layer. */
#pragma once

#include "base/text.h"

/* Takes the word before the next space, or the rest. False: there is none, or it is longer. */
enum { STATE_WORD_SIZE = 80 };
bool state_word(struct span *rest, char ret_word[static STATE_WORD_SIZE]);
/* The same with a number in decimal, or in lower-case hex without leading zeros. */
bool state_number(struct span *rest, int64_t most, int64_t *ret_number);
bool state_hex(struct span *rest, uint64_t *ret_number);
/* The same with exactly `len` bytes in lower-case hex. */
bool state_bytes(struct span *rest, uint8_t *ret_bytes, size_t len);
