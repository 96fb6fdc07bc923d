/** The work that happens by itself: its queues, its kinds, and every job. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, explain } from "../api/client";
import type { Job, JobKindStats, JobQueue, JobStats } from "../api/types.gen";
import { exactTime } from "../audit/log";
import { usePaged } from "../data/paged";
import { useAddress } from "../lib/address";
import { ago } from "../lib/dates";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { Confirm } from "../ui/overlays";
import { Button, Empty, Failed } from "../ui/parts";
import { Filters, foundIn, Listing, SelectFilter, State, Table, type Column } from "../ui/table";
import { toast } from "../ui/toasts";
import { jobStatsQuery, refetchAdmin } from "./data";
import { actOn, CancelJobs, canCancel, canRetry, isLate, JobActs, JobState, verdict } from "./job-parts";
import { JOB_STATES, jobKindMeaning, jobKindName, jobPriorityName, jobStateName, number, span } from "./words";
import s from "./admin.module.css";

/* ---- queues ---- */

async function setPaused(queue: JobQueue, paused: boolean): Promise<void> {
  try {
    await api.post(`/admin/jobs/queues/${queue.name}/${paused ? "pause" : "resume"}`);
    toast({ text: paused ? t("The queue {queue} is halted.", { queue: queue.name }) : t("The queue {queue} goes on.", { queue: queue.name }) });
  } catch (error) {
    toast({ text: explain(error), tone: "danger" });
  }
  await refetchAdmin();
}

function QueueAct({ queue }: { queue: JobQueue }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => (queue.paused ? void setPaused(queue, false) : setAsking(true))}>
        {queue.paused ? t("Let it go on") : t("Halt…")}<span className="visually-hidden"> {queue.name}</span>
      </Button>
      <Confirm
        title={t("Halt the queue {queue}?", { queue: queue.name })} yes={t("Halt it")} open={asking} onClose={() => setAsking(false)} onYes={() => void setPaused(queue, true)}
        text={t("What runs goes on; nothing else in it begins, on any host, until you let it go on. Nothing is lost: it waits.")}
      />
    </>
  );
}

const queueColumns = (): Column<JobQueue>[] => [
  { title: t("Queue"), cell: (queue) => <Link href={`/admin/jobs?queue=${queue.name}`} className={s.rowLink}>{queue.name}</Link> },
  {
    title: t("State"),
    cell: (queue) => queue.paused
      ? <span className={s.two}><State tone="warn">{t("Halted")}</State>{queue.paused_at && <span className={s.sub}>{ago(queue.paused_at)}</span>}</span>
      : <State tone={isLate(queue) ? "bad" : "good"}>{isLate(queue) ? t("Late") : t("Open")}</State>,
  },
  {
    title: t("Due now"),
    cell: (queue) => <span className={s.two}><span>{number(queue.due)}</span>{queue.oldest_due_at && <span className={s.sub}>{t("the oldest: {when}", { when: ago(queue.oldest_due_at) })}</span>}</span>,
  },
  { title: t("For later"), cell: (queue) => number(queue.scheduled) },
  { title: t("Running"), cell: (queue) => number(queue.running) },
  { title: t("Failed"), cell: (queue) => (queue.parked > 0 ? <Link href={`/admin/jobs?queue=${queue.name}&state=parked`} className={s.rowLink}>{number(queue.parked)}</Link> : "0") },
  {
    title: t("Done within the hour"),
    cell: (queue) => (
      <span className={s.two}>
        <span>{number(queue.done_last_hour)}</span>
        {queue.done_last_hour > 0 && <span className={s.sub}>{t("began after {wait}, took {run}", { wait: span(queue.wait_micros), run: span(queue.run_micros) })}</span>}
      </span>
    ),
  },
  { title: t("Actions"), narrow: true, cell: (queue) => <QueueAct queue={queue} /> },
];

const kindColumns = (): Column<JobKindStats>[] => [
  { title: t("Kind"), cell: (row) => <span className={s.two}><Link href={`/admin/jobs?kind=${row.kind}`} className={s.rowLink}>{jobKindName(row.kind)}</Link><span className={s.sub}>{jobKindMeaning(row.kind, row.about)}</span></span> },
  { title: t("Done"), cell: (row) => number(row.done) },
  { title: t("Cancelled"), cell: (row) => number(row.cancelled) },
  { title: t("Failed, now"), cell: (row) => (row.parked > 0 ? <Link href={`/admin/jobs?kind=${row.kind}&state=parked`} className={s.rowLink}>{number(row.parked)}</Link> : "0") },
  { title: t("Attempts"), cell: (row) => number(row.attempts) },
  { title: t("Longest run"), cell: (row) => (row.longest_micros > 0 ? span(row.longest_micros) : "–") },
];

function Queues({ stats }: { stats: JobStats }) {
  const [kinds, setKinds] = useState(false);
  const [tone, words] = verdict(stats.queues);
  return (
    <>
      <p className={s.verdict}><State tone={tone}>{tone === "good" ? t("All is well.") : tone === "warn" ? t("Something waits for you.") : t("Out of order.")}</State> {words}</p>
      <Table label={t("Queues")} columns={queueColumns()} rows={stats.queues} id={(queue) => queue.name} />
      <div className={s.buttons}><Button size="small" aria-expanded={kinds} onClick={() => setKinds(!kinds)}>{kinds ? t("Hide the kinds of jobs") : t("Show the kinds of jobs")}</Button></div>
      {kinds && <p className={s.muted}>{t("What each kind did within the last day.")}</p>}
      {kinds && <Table label={t("Kinds of jobs")} columns={kindColumns()} rows={stats.kinds} id={(row) => row.kind} />}
    </>
  );
}

/* ---- jobs ---- */

const NAMES = ["state", "kind", "queue", "request", "brand", "sort"] as const;
const FIELDS = ["state", "kind", "queue"] as const;
const NEWEST = "-id";

const jobColumns = (): Column<Job>[] => [
  {
    title: t("Job"),
    cell: (job) => (
      <span className={s.two}>
        <Link href={`/admin/jobs/${job.id}`} className={s.rowLink}>{jobKindName(job.kind)}</Link>
        <span className={s.sub}>{t("in {queue}", { queue: job.queue })}{job.priority !== "normal" && `, ${jobPriorityName(job.priority)}`}</span>
      </span>
    ),
  },
  { title: t("State"), cell: (job) => <JobState job={job} /> },
  { title: t("Attempts"), narrow: true, cell: (job) => t("{attempts} of {most}", { attempts: job.attempts, most: job.max_attempts }) },
  { title: t("Made"), sort: "id", falling: true, narrow: true, cell: (job) => <time dateTime={job.created_at} title={exactTime(job.created_at)}>{ago(job.created_at)}</time> },
  { title: t("Actions"), narrow: true, cell: (job) => <JobActs jobs={[job]} named /> },
];

function Chosen({ jobs, clear }: { jobs: Job[]; clear(): void }) {
  const [asking, setAsking] = useState(false);
  if (jobs.length === 0) return null;
  const again = jobs.filter(canRetry), ending = jobs.filter(canCancel);
  return (
    <div role="toolbar" aria-label={t("For the chosen jobs")} className={s.bulk}>
      <strong>{t("{count} chosen", { count: jobs.length })}</strong>
      <Button disabled={again.length === 0} onClick={() => void actOn(again, "retry").then(clear)}>{t("Run {count} now", { count: again.length })}</Button>
      <Button disabled={ending.length === 0} onClick={() => setAsking(true)}>{t("Cancel {count}…", { count: ending.length })}</Button>
      <Button look="quiet" onClick={clear}>{t("Choose none")}</Button>
      <CancelJobs jobs={ending} open={asking} onClose={() => setAsking(false)} onDone={clear} />
    </div>
  );
}

const counted = (count: number) => t("{count, plural, one {# job} other {# jobs}}", { count });

export function AdminJobs() {
  const address = useAddress(NAMES);
  const { values, set } = address;
  const stats = useQuery(jobStatsQuery);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const sort = values.sort ?? NEWEST;
  const onSort = (next: string) => set({ sort: next === NEWEST ? null : next });
  const list = usePaged<Job>(["admin", "jobs"], "/admin/jobs", { state: values.state, kind: values.kind, queue: values.queue, request_id: values.request, brand_id: values.brand, sort }, 5_000);
  const choose = (ids: string[], on: boolean) => setChosen((old) => new Set(on ? [...old, ...ids] : [...old].filter((id) => !ids.includes(id))));
  return (
    <Page title={t("Jobs")}>
      {stats.isPending && <RowsSkeleton rows={2} />}
      {stats.isError && !stats.data && <Failed what={explain(stats.error)} retry={() => void stats.refetch()} />}
      {stats.data && <Queues stats={stats.data} />}
      <Filters filtered={address.filtered} onClear={address.clear} active={address.count(FIELDS)} found={foundIn(list, counted)}>
        <SelectFilter label={t("State")} value={values.state ?? ""} options={JOB_STATES.map((x) => [x, jobStateName(x)] as const)} onChange={(state) => set({ state })} />
        <SelectFilter label={t("Kind")} value={values.kind ?? ""} options={(stats.data?.kinds ?? []).map((row) => [row.kind, jobKindName(row.kind)] as const)} onChange={(kind) => set({ kind })} />
        <SelectFilter label={t("Queue")} value={values.queue ?? ""} options={(stats.data?.queues ?? []).map((row) => [row.name, row.name] as const)} onChange={(queue) => set({ queue })} />
        <SelectFilter phone always label={t("Order")} value={sort} onChange={onSort} options={[[NEWEST, t("Newest first")], ["id", t("Oldest first")]]} />
      </Filters>
      {(values.request || values.brand) && <p className={s.muted}>{values.request ? t("Only what one request made.") : t("Only what works in one brand.")}</p>}
      <Chosen jobs={list.rows.filter((job) => chosen.has(job.id))} clear={() => setChosen(new Set())} />
      <Listing
        list={list} filtered={address.filtered} onClear={address.clear} counted={counted}
        empty={<Empty title={t("No jobs yet")}>{t("What Karara does by itself, such as mails, reminders and recurring tasks, appears here.")}</Empty>}
      >
        <Table
          label={t("Jobs")} columns={jobColumns()} rows={list.rows} id={(job) => job.id} name={(job) => jobKindName(job.kind)} sort={sort} onSort={onSort}
          selection={{ chosen, choose }}
        />
      </Listing>
    </Page>
  );
}
