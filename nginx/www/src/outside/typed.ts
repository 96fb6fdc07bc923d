/** What was typed on one page before sign-in and is useful on the next, and what the next is to say. Lives as long as the tab. */
import { createStore } from "../lib/store";

export const typedEmail = createStore("");

/** Words that the sign-in page begins with, such as that the password was changed. Taken away with the next sign-in. */
export const greeting = createStore<string | null>(null);
