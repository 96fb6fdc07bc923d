-- What was done within an hour or a day is counted by its time: without an index that reads a week of jobs each time.
create index jobs_done_finished_at_idx on karara.jobs_done (finished_at);
