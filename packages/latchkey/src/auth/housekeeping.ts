import type { Store } from '../store/store.ts'

const INTERVAL = 600_000
const BATCH = 1000

/**
 * Forgets, every ten minutes, what has run out: sessions, revocations (V4), counted attempts. Every node does; who comes
 * second finds nothing left. What fails is tried again the next time.
 *
 * @returns what stops it
 */
export function startHousekeeping({
  sessions,
  revocations,
  attempts,
}: Pick<Store, 'sessions' | 'revocations' | 'attempts'>): () => void {
  const clean = async (): Promise<void> => {
    await whole(() => sessions.deleteExpired(BATCH))
    await whole(() => revocations.purge(BATCH))
    await whole(() => attempts.purge(BATCH))
  }
  const timer = setInterval(() => void clean().catch(() => {}), INTERVAL)
  timer.unref()
  return () => clearInterval(timer)
}

/** In batches, so that requests get their turn in between. */
async function whole(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) >= BATCH);
}
