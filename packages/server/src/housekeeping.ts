import type { Store } from 'latchkey'
import type { Log } from './log.ts'

const INTERVAL = 600_000
const BATCH = 1000

/** Forgets, every ten minutes, what has run out: sessions, revocations, counted attempts. Returns what stops it. */
export function startHousekeeping({ sessions, revocations, attempts }: Store, log: Log): () => void {
  const clean = async (): Promise<void> => {
    await whole(() => sessions.deleteExpired(BATCH))
    await whole(() => revocations.purge(BATCH))
    await whole(() => attempts.purge(BATCH))
  }
  const timer = setInterval(() => {
    clean().catch((error: Error) =>
      log.warn({ reason: error.message }, 'what has run out could not be removed'),
    )
  }, INTERVAL)
  timer.unref()
  return () => clearInterval(timer)
}

/** In batches, so that requests get their turn in between. */
async function whole(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) >= BATCH);
}
