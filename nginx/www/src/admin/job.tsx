/** One job: how it is, why it failed, and what it was given. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { explain } from "../api/client";
import type { Job } from "../api/types.gen";
import { NotFound } from "../app/not-found";
import { exactTime } from "../audit/log";
import { asLeft } from "../lib/address";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { Failed } from "../ui/parts";
import { State } from "../ui/table";
import { isMissing, jobQuery, jobStatsQuery } from "./data";
import { canCancel, canRetry, JobActs, Progress, stateWords } from "./job-parts";
import { Fact } from "./overview";
import { jobKindMeaning, jobKindName, jobPriorityName, jobStateName, jobStateTone } from "./words";
import s from "./admin.module.css";

function meaning(job: Job): string {
  if (job.state === "parked") return t("It was tried as often as it may be. It waits for somebody to run it again or to cancel it.");
  if (job.state === "waiting" && job.attempts > 0) return t("The last attempt failed; it is tried again by itself.");
  if (job.state === "running" && job.cancel_requested) return t("It was told to end, and does when it next looks.");
  return "";
}

function Head({ job }: { job: Job }) {
  const words = stateWords(job);
  const more = meaning(job);
  return (
    <section className={s.section}>
      <h2>{t("State")}</h2>
      <p className={s.verdict} role="status"><State tone={jobStateTone(job.state)}>{jobStateName(job.state)}</State>{words && <span className={s.muted}> {words}</span>}</p>
      <Progress job={job} />
      {more && <p>{more}</p>}
      {job.last_error && (
        <>
          <h3 className={s.jobErrorHead}>{t("Why the last attempt failed")}</h3>
          <pre className={s.mailText} tabIndex={0} aria-label={t("Why the last attempt failed")}>{job.last_error}</pre>
        </>
      )}
      {(canRetry(job) || canCancel(job)) && <JobActs jobs={[job]} />}
    </section>
  );
}

function Facts({ job, about }: { job: Job; about: string | undefined }) {
  return (
    <section className={s.section}>
      <h2>{t("What it is")}</h2>
      <dl className={s.facts}>
        <Fact name={t("Kind")}><code className={s.code}>{job.kind}</code>{about && <span className={s.muted}> {about}</span>}</Fact>
        <Fact name={t("Queue")}>{job.queue}, {t("priority {priority}", { priority: jobPriorityName(job.priority) })}</Fact>
        <Fact name={t("Attempts")}>{t("{attempts} of {most}", { attempts: job.attempts, most: job.max_attempts })}</Fact>
        <Fact name={t("Made")}>{exactTime(job.created_at)}</Fact>
        <Fact name={t("Due")}>{exactTime(job.run_at)}</Fact>
        {job.started_at && <Fact name={t("Last begun")}>{exactTime(job.started_at)}</Fact>}
        {job.ended_at && <Fact name={t("Ended")}>{exactTime(job.ended_at)}</Fact>}
        {job.worker && <Fact name={t("Worker")}><code className={s.code}>{job.worker}</code></Fact>}
        {job.brand_id && <Fact name={t("Brand")}><Link href={`/admin/brands/${job.brand_id}`} className={s.link}>{t("See the brand")}</Link></Fact>}
        {job.actor_id && <Fact name={t("On behalf of")}><Link href={`/admin/users/${job.actor_id}`} className={s.link}>{t("See the account")}</Link></Fact>}
        {job.unique_key && <Fact name={t("Unique key")}><code className={s.code}>{job.unique_key}</code></Fact>}
        {job.request_id && <Fact name={t("Request")}><Link href={`/admin/jobs?request=${encodeURIComponent(job.request_id)}`} className={s.link}>{t("All jobs of the same request")}</Link></Fact>}
      </dl>
    </section>
  );
}

export function AdminJob({ id }: { id: string }) {
  const back = { href: asLeft("/admin/jobs"), name: t("Jobs") };
  const job = useQuery(jobQuery(id));
  const kinds = useQuery(jobStatsQuery).data?.kinds ?? [];
  if (job.isPending) return <Page title={t("Job")} narrow back={back}><RowsSkeleton /></Page>;
  if (!job.data) return isMissing(job.error) ? <NotFound what={t("This job")} /> : <Failed what={explain(job.error)} retry={() => void job.refetch()} />;
  return (
    <Page title={jobKindName(job.data.kind)} narrow back={back}>
      <Head job={job.data} />
      <Facts job={job.data} about={jobKindMeaning(job.data.kind, kinds.find((row) => row.kind === job.data.kind)?.about)} />
      <section className={s.section}>
        <h2>{t("What it was given")}</h2>
        <p className={s.muted}>{t("Ids only. What they stand for is in the brands, and isn’t shown here.")}</p>
        <pre className={s.mailText} tabIndex={0} aria-label={t("What it was given, as JSON")}>{JSON.stringify(job.data.payload ?? {}, null, 2)}</pre>
      </section>
    </Page>
  );
}
