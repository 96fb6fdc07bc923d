/* error.h - the register of errors that a client can meet: err.def, one row each. */
#pragma once

enum err {
    ERR_NONE = 0,
#define ERR(name, status, message) ERR_##name,
#include "core/err.def"
#undef ERR
    ERR_COUNT
};

const char *err_code(enum err e);    /* "validation_failed" */
int err_status(enum err e);          /* HTTP status */
const char *err_message(enum err e); /* default words for a person */
