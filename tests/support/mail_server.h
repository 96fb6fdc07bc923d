/* mail_server.h - a real mail server (support/mail-server.mjs), which does as the recipient's name says: "refused@…", "later@…", "cut@…" and
 * so on; the program's own words tell all.
 *
 *   mail_server_start(NULL);                               // MAIL_SERVER, here and in the environment, now leads to it
 *   … a mail to ada@mail.example goes out …
 *   assert_int_equal(mail_server_count("ada@mail.example"), 1);
 *   mail_server_stop();
 *
 * One at a time. What it has had stays until mail_server_forget. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* With these further arguments ("--require-tls", …), NULL-terminated; NULL for none. With a certificate that is good for `localhost` and
 * signed by itself: mail_server_certificate names its file. */
void mail_server_start(const char *const *more);
void mail_server_stop(void);
/* After mail_server_stop: at the port that it had. */
void mail_server_again(void);
bool mail_server_runs(void);
const char *mail_server_certificate(void);
/* Its folder: the file "go" there ends what "hold…" waits for. */
const char *mail_server_folder(void);
void mail_server_forget(void);

/* How often it has had a mail to this address in full, whether it took it or not; "" counts all. */
int mail_server_count(const char *to);
/* How often a RCPT of it was heard. */
int mail_server_recipients(const char *to);
/* The last mail to this address as the server noted it; NULL when there is none. Give it back by json_decref. */
json_t *mail_server_last(const char *to);
