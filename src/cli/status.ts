// The program's exit statuses.

/** Done; a fault of the program or the machine; a mistake of the user; interrupted. */
export const status = { done: 0, fault: 1, mistake: 2, interrupted: 130 } as const;
