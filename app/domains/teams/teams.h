/* teams.h - what other domains may use of teams. */
#pragma once

#include "api/request.h"

/* For routes that reach a team by {id}. */
extern const struct scope team_scope;

/* Queues putting somebody of the brand, who is in none of them, into these teams. After rq_run its column `added` says how many
 * of them there are in this brand. */
const struct db_result *team_person_add(struct request *rq, struct uuid user_id, struct uuid_list team_ids);

/* Queues finding teams of the brand by id or name; the rows have id, and names: those of the wanted that mean it. */
const struct db_result *team_find(struct request *rq, struct uuid_list ids, struct text_list names);
/* Queues putting new members of the brand into teams of it: JSON [{"user_id","team_id"}]. */
void team_people_add(struct request *rq, const char *pairs);
