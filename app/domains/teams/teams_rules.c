/* teams_rules.c - what other domains do to teams. What else may happen to a team is in its rows and queries. */
#include "domains/teams/teams.h"

#include "teams_sql.h"

const struct db_result *team_person_add(struct request *rq, struct uuid user_id, struct uuid_list team_ids)
{
    return rq_query(rq, &sql_team_person_add, RQ_ARGS(ARG_UUID("person_id", user_id), ARG_UUIDS("into_ids", team_ids)));
}

const struct db_result *team_find(struct request *rq, struct uuid_list ids, struct text_list names)
{
    const struct rq_arg wanted = { "wanted_names", { .is_set = true, .ss = names } };
    return rq_query(rq, &sql_team_find, RQ_ARGS(ARG_UUIDS("wanted_ids", ids), wanted));
}

void team_people_add(struct request *rq, const char *pairs)
{
    rq_query(rq, &sql_team_people_add, RQ_ARGS(ARG_TEXT("operations", pairs)));
}
