/*
 * Reads a word list, www/texts/LANGUAGE.words: 256 words, one a line or several, in the order of
 * the byte that each stands for. Words are lower-case letters, three to nine of them, all distinct,
 * and no two share their first three letters, so that a half-heard word is still the right one.
 */
#pragma once

#include "generate/source.h"

/* Appends the words as elements of a C array. */
void words_append(struct source *source, struct buf *out);
