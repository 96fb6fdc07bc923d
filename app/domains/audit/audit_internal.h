/* audit_internal.h - what is signed, as bytes: shared by audit_chain.c and audit_verify.c. */
#pragma once

#include "core/buf.h"
#include "core/uuid.h"
#include <stdint.h>

enum { AUDIT_HASH = 32 };

/* `text` as a netstring; NULL as "-". */
void audit_netstring(struct buf *b, const char *text);
void audit_netstring_int(struct buf *b, int64_t n);
void audit_netstring_uuid(struct buf *b, const struct uuid *u);

void audit_head_bytes(struct buf *b, const struct uuid *chain, int64_t sequence, const uint8_t hash[AUDIT_HASH],
                      int64_t signed_at);
void audit_anchor_bytes(struct buf *b, const struct uuid *chain, int64_t first, int64_t last, const uint8_t before[AUDIT_HASH],
                        const uint8_t hash[AUDIT_HASH], int64_t signed_at);
