/* coverage.h - which rows and which queries the test run has hit. Each program appends to a file of its own in the folder that
 * KARARA_COVERAGE_DIR names (nothing is kept without it); test_coverage reads them all. */
#pragma once

/* A row was served (a struct route *, or NULL). */
void coverage_route(const void *route);
/* Appends the names of all queries that this process has executed since the last call. */
void coverage_queries(void);
