import type { Store } from '../store/store.ts'

const INTERVAL = 600_000
const BATCH = 1000

/**
 * Forgets, every ten minutes, what has run out: sessions, revocations (V4), counted attempts, old events. Every node
 * does; who comes second finds nothing left. What fails is tried again the next time.
 *
 * @param retention milliseconds that events are kept; `null` for ever
 * @returns what stops it
 */
export function startHousekeeping(
  {
    sessions,
    revocations,
    attempts,
    events,
  }: Pick<Store, 'sessions' | 'revocations' | 'attempts' | 'events'>,
  retention: number | null,
): () => void {
  const clean = async (): Promise<void> => {
    await whole(() => sessions.deleteExpired(BATCH))
    await whole(() => revocations.purge(BATCH))
    await whole(() => attempts.purge(BATCH))
    if (retention !== null) await whole(() => events.purge(retention, BATCH))
  }
  const timer = setInterval(() => void clean().catch(() => {}), INTERVAL)
  timer.unref()
  return () => clearInterval(timer)
}

/** In batches, so that requests get their turn in between. */
async function whole(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) >= BATCH);
}
