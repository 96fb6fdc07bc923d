-- What finds the jobs of one schedule's owner, so that occurrences come in their order. Neither column changes while a job is claimed.
create index jobs_owner_id_idx on karara.jobs ((payload ->> 'owner_id')) where payload ? 'owner_id';
