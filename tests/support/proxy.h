/* proxy.h - stands between programs and PostgreSQL's socket, so that their connections can be left half open: neither end hears of the other
 * any more, and neither is told.
 *
 *   proxy_start();                                   // after pg_begin; setting DATABASE_WORKER now leads through it
 *   workers_start(0, 2);
 *   proxy_cut();                                     // what is connected now stands still for good; new connections work
 *   proxy_stop();
 *
 * It is a process of its own, which ends with the program. */
#pragma once

void proxy_start(void);
/* The number of connections that it has left half open. */
int proxy_cut(void);
/* DATABASE_WORKER as before, while those who are connected through it stay so. */
void proxy_pass_by(void);
/* The same, and its connections end. */
void proxy_stop(void);
