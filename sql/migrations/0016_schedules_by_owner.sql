-- kararactl, acting as the owner, looks at all schedules (schedule list, show).
create policy schedules_owner_select on karara.schedules for select to karara_owner using (true);
