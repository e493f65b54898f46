/** PostgreSQL's error code (SQLSTATE), or the system's (`ECONNRESET`); `null` when there is none. */
export function codeOf(error: unknown): string | null {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : null
}

/** Deadlocks and serialisation failures: rolled back, and likely to go through the second time. */
export const isCollision = (error: unknown): boolean => ['40P01', '40001'].includes(codeOf(error) ?? '')

// Data, constraints and syntax: the statement is wrong, and would be again.
const OURS = /^(?:22|23|42)/

/** The store failed, or cannot be reached; not a mistake of ours. */
export const isStoreFailure = (error: unknown): boolean =>
  !(error instanceof TypeError) && !OURS.test(codeOf(error) ?? '')

// Connection exceptions, an administrator's shutdown, or no code at all: "Connection terminated unexpectedly".
const LOST = /^(?:08|57P0[123]|E[A-Z]+$)/

/** The connection broke: whether the statement was carried out is unknown, unless it was not committed yet. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  return isStoreFailure(error) && (code === null || LOST.test(code))
}
