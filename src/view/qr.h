/*
 * QR codes: as the path of an SVG for pages, as block characters for a terminal.
 */
#pragma once

#include "base/buf.h"
#include "base/status.h"

/*
 * Appends the dark modules as one path ("M4 4h7v1h-7z...") in units of a module, with the quiet
 * zone of four modules around: <svg viewBox="0 0 SIZE SIZE">. TOO_LARGE when the text does not fit.
 */
enum status qr_append_path(struct buf *path, const char *text, int *ret_size);
/* Appends lines of half blocks, dark on light whatever the terminal's colours are. */
enum status qr_append_terminal(struct buf *lines, const char *text);
