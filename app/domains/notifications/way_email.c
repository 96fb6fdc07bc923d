/* way_email.c - notifications as mails, one by one. */
#include "core/arena.h"
#include "domains/mail/mail.h"
#include "domains/notifications/unsubscribe.h"
#include "domains/notifications/ways.h"

static enum err send(struct request *rq, const struct notification_message *m, struct notification_outcome *ret)
{
    if (!mail_address_fits(m->email)) {
        *ret = (struct notification_outcome){ NOTIFICATION_SKIPPED, "no address that can be sent to" };
        return ERR_NONE;
    }
    struct unsubscribe_link leave = unsubscribe_link(rq->arena, m->brand_home, m->user_id, notification_about(m->type)->type);
    return mail_queue(rq, &(struct mail_note){ .template = "notification",
                                               .to_address = m->email,
                                               .to_name = m->person_name,
                                               .language = m->language,
                                               .user_id = m->user_id,
                                               .brand_id = m->brand_id,
                                               .unique_key = m->key,
                                               .values =
                                                   (const struct template_value[]){
                                                       TEMPLATE_VALUE("title", m->title), TEMPLATE_VALUE("message", m->message),
                                                       TEMPLATE_VALUE("because", m->because), TEMPLATE_VALUE("link", m->url),
                                                       TEMPLATE_VALUE("leave", leave.page), TEMPLATE_END },
                                               .headers = leave.headers });
}

const struct notification_way way_email = { WAY_EMAIL, send };
