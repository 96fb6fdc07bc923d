/** What the list of jobs and the page of one have in common: how a job is, and what can be done about it. */
import { useState } from "react";
import { api, ApiError, explain } from "../api/client";
import type { Job, JobQueue } from "../api/types.gen";
import { ago, shortDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { Confirm } from "../ui/overlays";
import { Button } from "../ui/parts";
import { State } from "../ui/table";
import { toast } from "../ui/toasts";
import { refetchAdmin } from "./data";
import { jobKindName, jobStateName, jobStateTone, span } from "./words";
import s from "./admin.module.css";

/* ---- queues ---- */

const sum = (queues: JobQueue[], of: (queue: JobQueue) => number) => queues.reduce((all, queue) => all + of(queue), 0);

/** A due job that waits longer than this has no worker, or too few. */
const LATE_MS = 60_000;
export const isLate = (queue: JobQueue) => !queue.paused && queue.oldest_due_at !== null && Date.now() - new Date(queue.oldest_due_at).getTime() > LATE_MS;

export function verdict(queues: JobQueue[]): [tone: "good" | "warn" | "bad", words: string] {
  if (queues.some(isLate)) return ["bad", t("Jobs are due and nobody takes them. Does karara-worker run? On the server: kararactl check.")];
  const failed = sum(queues, (q) => q.parked);
  const warnings: string[] = [];
  if (failed > 0) warnings.push(t("{count, plural, one {# job failed for good and waits} other {# jobs failed for good and wait}} for you to look at.", { count: failed }));
  if (queues.some((q) => q.paused)) warnings.push(t("A queue is halted: what comes into it waits until you let it go on."));
  if (warnings.length > 0) return ["warn", warnings.join(" ")];
  return ["good", t("What is due is done at once. {count, plural, =0 {Nothing} one {# job} other {# jobs}} ended well within the last hour.", { count: sum(queues, (q) => q.done_last_hour) })];
}

/* ---- jobs ---- */

export const canRetry = (job: Job) => job.state === "parked" || job.state === "waiting";
export const canCancel = (job: Job) => (job.state !== "done" && job.state !== "cancelled" && !job.cancel_requested);
const failedBefore = (job: Job) => job.state === "waiting" && job.attempts > 0;

/** How long its last attempt took; null while it runs, or where it never began. */
export function took(job: Job): string | null {
  if (!job.started_at || !job.ended_at) return null;
  return span((new Date(job.ended_at).getTime() - new Date(job.started_at).getTime()) * 1000);
}

const soon = (iso: string) => {
  const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
  return seconds < 90 ? t("in a moment") : seconds < 5400 ? t("in {n} min", { n: Math.round(seconds / 60) }) : shortDate(iso);
};

/** One line behind the state: until when it waits, how long it took. */
export function stateWords(job: Job): string {
  if (job.state === "waiting") {
    const later = new Date(job.run_at).getTime() > Date.now() + 1000;
    if (failedBefore(job)) return later ? t("tries again {when}", { when: soon(job.run_at) }) : t("tries again now");
    return later ? t("due {when}", { when: soon(job.run_at) }) : t("due now");
  }
  if (job.state === "running") return job.cancel_requested ? t("told to end") : job.started_at ? t("begun {when}", { when: ago(job.started_at) }) : "";
  const time = took(job);
  return time ? (job.state === "parked" ? t("after {time}", { time }) : t("in {time}", { time })) : "";
}

export function Progress({ job }: { job: Job }) {
  if (job.state !== "running" || job.progress === null) return null;
  return (
    <span className={s.jobProgress}>
      <progress max={100} value={job.progress} aria-label={t("How far {kind} is", { kind: jobKindName(job.kind) })} />
      <span className={s.sub}>{t("{percent} %", { percent: job.progress })}{job.progress_words && `, ${job.progress_words}`}</span>
    </span>
  );
}

export function JobState({ job }: { job: Job }) {
  const words = stateWords(job);
  return (
    <span className={s.two}>
      <span><State tone={jobStateTone(job.state)}>{jobStateName(job.state)}</State>{words && <span className={s.sub}> {words}</span>}</span>
      <Progress job={job} />
      {(job.state === "parked" || failedBefore(job)) && job.last_error && <span className={s.jobError}>{job.last_error}</span>}
    </span>
  );
}

/** Somebody or the worker was faster: the list says how it is now. */
const passed = (error: unknown) => error instanceof ApiError && (error.status === 409 || error.status === 404);

async function each(jobs: Job[], act: "retry" | "cancel"): Promise<[done: number, missed: number]> {
  let done = 0;
  for (const job of jobs) {
    try {
      await api.post(`/admin/jobs/${job.id}/${act}`);
      done++;
    } catch (error) {
      if (!passed(error)) throw error;
    }
  }
  return [done, jobs.length - done];
}

export async function actOn(jobs: Job[], act: "retry" | "cancel"): Promise<void> {
  try {
    const [done, missed] = await each(jobs, act);
    const words = act === "retry" ? t("{count, plural, one {# job runs} other {# jobs run}} now.", { count: done }) : t("{count, plural, one {# job is} other {# jobs are}} cancelled, or told to end.", { count: done });
    const rest = missed > 0 ? ` ${t("{count, plural, one {# was} other {# were}} in another state meanwhile.", { count: missed })}` : "";
    toast({ text: done > 0 ? words + rest : rest.trim() });
  } catch (error) {
    toast({ text: explain(error), tone: "danger" });
  }
  await refetchAdmin();
}

/** Asks, and cancels: what a job was for doesn't happen then. */
export function CancelJobs({ jobs, open, onClose, onDone }: { jobs: Job[]; open: boolean; onClose(): void; onDone?(): void }) {
  const one = jobs.length === 1;
  const running = jobs.some((job) => job.state === "running");
  return (
    <Confirm
      title={one ? t("Cancel this job?") : t("Cancel {count} jobs?", { count: jobs.length })} yes={one ? t("Cancel the job") : t("Cancel the jobs")}
      text={running ? t("What runs is told to end, and what it did so far is undone. What it was for doesn’t happen.") : t("What it was for doesn’t happen. It can’t be taken back.")}
      open={open} onClose={onClose} onYes={() => void actOn(jobs, "cancel").then(onDone)}
    />
  );
}

export function JobActs({ jobs, named = false }: { jobs: Job[]; named?: boolean }) {
  const [asking, setAsking] = useState(false);
  const again = jobs.filter(canRetry);
  const ending = jobs.filter(canCancel);
  const failed = again.some((job) => job.state === "parked");
  const of = named && jobs[0] ? <span className="visually-hidden"> {jobKindName(jobs[0].kind)}</span> : null;
  return (
    <span className={s.acts}>
      {again.length > 0 && <Button size="small" onClick={() => void actOn(again, "retry")}>{failed ? t("Run again") : t("Run now")}{of}</Button>}
      {ending.length > 0 && <Button size="small" onClick={() => setAsking(true)}>{t("Cancel…")}{of}</Button>}
      <CancelJobs jobs={ending} open={asking} onClose={() => setAsking(false)} />
    </span>
  );
}
