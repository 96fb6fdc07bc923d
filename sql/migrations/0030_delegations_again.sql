-- A delegation that was over and is prolonged counts against the brand's plan like a new one.
create trigger delegations_feature_again after update of ends_at on karara.delegations
    for each row when (old.ends_at <= now() and new.ends_at > now())
    execute function karara.feature_counted('delegations', ' and ends_at > now()');
