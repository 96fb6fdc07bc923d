/* embedded.h - a file that the build has put into the program (app/tools/embed.cmake). */
#pragma once

struct embedded {
    const char *name; /* of the file, without its folder; NULL ends an array */
    const unsigned char *bytes;
    unsigned long size;
};
