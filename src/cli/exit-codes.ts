/** Exit codes (decision 19). */
export const EXIT = { ok: 0, failed: 1, usage: 2, findings: 3 } as const
