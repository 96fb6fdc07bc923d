/* pat.h - the text of an API token ("personal access token"): `kar_pat_`, 30 random characters, 6 of checksum.
 *
 * All characters are of base62 (0-9, A-Z, a-z), so that a double click takes the whole; the 30 hold 178 random bits. The checksum is the
 * CRC-32 (ISO 3309, as zlib computes it) of the 30, in base62, so that a mistyped token is told apart without asking anybody, and scanners
 * for leaked secrets know a real one. */
#pragma once

#include <stdbool.h>

#define PAT_MARK "kar_pat_"
#define PAT_SIZE 45   /* 44 characters and a NUL */
#define PAT_PREFIX 12 /* characters that people know a token by: the mark and 4 more */

void pat_make(char out[PAT_SIZE]);
/* True when the text has the form of a token and its checksum fits. Of whether it was ever given to anybody it says nothing. */
bool pat_is_whole(const char *text);
