/* teams_rules.c - what other domains do to teams. What else may happen to a team is in its rows and queries. */
#include "domains/teams/teams.h"

#include "teams_sql.h"

const struct db_result *team_person_add(struct request *rq, struct uuid user_id, struct uuid_list team_ids)
{
    return rq_query(rq, &sql_team_person_add, RQ_ARGS(ARG_UUID("person_id", user_id), ARG_UUIDS("into_ids", team_ids)));
}
