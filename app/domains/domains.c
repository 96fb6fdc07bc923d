/* domains.c - the list of domains: each adds its table of routes here. */
#include "api/constraint.h"
#include "api/registry.h"

#include <stddef.h>

extern const struct route_table auth_routes, users_routes, brands_routes, teams_routes, boards_routes, tasks_routes,
    health_routes;
extern const struct route_table divisions_routes, audit_routes, admin_routes;
extern const struct route_table roles_routes, delegations_routes, members_bulk_routes;
extern const struct route_table brand_life_routes, view_as_routes;
extern const struct route_table recovery_routes, account_routes, export_routes, mail_routes;
extern const struct route_table two_factor_routes;
extern const struct route_table branding_routes, invitations_routes, invitation_accept_routes;
extern const struct route_table jobs_routes;
extern const struct route_table activity_routes;
extern const struct route_table templates_routes;
extern const struct route_table checklist_routes;
extern const struct route_table push_routes, phone_routes;
extern const struct route_table notifications_routes, preferences_routes;
extern const struct route_table docs_routes;

const struct route_table *const registry_tables[] = {
    &auth_routes,        &users_routes,        &brands_routes,
    &brand_life_routes,  &view_as_routes,      &roles_routes,
    &delegations_routes, &members_bulk_routes, &teams_routes,
    &boards_routes,      &tasks_routes,        &checklist_routes,
    &health_routes,      &divisions_routes,    &audit_routes,
    &admin_routes,       &recovery_routes,     &account_routes,
    &export_routes,      &mail_routes,         &two_factor_routes,
    &invitations_routes, &branding_routes,     &invitation_accept_routes,
    &jobs_routes,        &activity_routes,     &templates_routes,
    &push_routes,        &phone_routes,        &notifications_routes,
    &preferences_routes, &docs_routes,         NULL,
};

/* Each domain's words for the constraints of its tables; a domain adds its array here. */
extern const struct constraint_words users_constraints[], brands_constraints[], teams_constraints[], boards_constraints[],
    tasks_constraints[], checklist_constraints[], divisions_constraints[], invitations_constraints[],
    notifications_constraints[];

const struct constraint_words *const constraint_tables[] = {
    users_constraints,     brands_constraints,    teams_constraints,       boards_constraints,        tasks_constraints,
    checklist_constraints, divisions_constraints, invitations_constraints, notifications_constraints, NULL,
};
