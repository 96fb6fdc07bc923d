import { part } from "../lib/part";

/** Fetched with the sheet that it stands in, or before it. */
export const TaskActivity = part(() => import("./task-activity"));
