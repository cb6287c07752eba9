// The program's exit statuses.

/** Done, a fault of ours or the machine's, the user's mistake, interrupted. */
export const status = { done: 0, fault: 1, mistake: 2, interrupted: 130 } as const;
