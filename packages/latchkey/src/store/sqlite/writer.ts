import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../sql/driver.ts'
import { unavailable } from '../unavailable.ts'
import { type Engine, isBusy, isStoreFailure, resultCode } from './engine.ts'

/** How long (ms) a verb waits while another process holds the lock. */
const BUSY_TIMEOUT = 2000
/** Between two tries to get it (ms). */
const PAUSE = 5
/** Verbs that share one commit, and so one wait for the disk. Bounded, because a batch holds the event loop. */
const BATCH = 64

type Rows = readonly (readonly Row[])[]

interface Job {
  readonly run: () => Rows
  readonly deadline: number
  readonly alone: boolean
  readonly resolve: (rows: Rows) => void
  readonly reject: (error: unknown) => void
}

export interface Writer {
  /** Runs `run` inside a transaction; resolves after the commit. */
  transaction(run: () => Rows): Promise<Rows>
  readonly closed: boolean
  close(): Promise<void>
}

/** What is asked for in the same turn of the event loop shares a transaction. */
export function createWriter(engine: Engine): Writer {
  let waiting: Job[] = []
  let working: Promise<void> | null = null
  let closed = false

  const take = (): readonly Job[] => waiting.splice(0, waiting[0]?.alone ? 1 : BATCH)
  const refuse = (error: unknown, before: number): void => {
    for (const job of waiting) if (job.deadline <= before) job.reject(asFailure(error))
    waiting = waiting.filter(({ deadline }) => deadline > before)
  }
  const step = async (): Promise<void> => {
    const error = errorOf(() => engine.all('begin immediate'))
    if (error === null) {
      waiting.unshift(...settle(engine, take()))
    } else if (isBusy(error)) {
      refuse(error, performance.now())
      await sleep(PAUSE)
    } else {
      refuse(error, Number.POSITIVE_INFINITY)
    }
  }
  const work = async (): Promise<void> => {
    do {
      await nextTurn()
      await step()
    } while (waiting.length > 0)
    working = null
  }
  return {
    async transaction(run) {
      if (closed) throw unavailable('closed')
      return new Promise((resolve, reject) => {
        waiting.push({ run, deadline: performance.now() + BUSY_TIMEOUT, alone: false, resolve, reject })
        working ??= work()
      })
    },
    get closed() {
      return closed
    },
    async close() {
      if (closed) return
      closed = true
      await working
      engine.close()
    },
  }
}

/** Runs and commits a batch. When one of them fails, all are rolled back and returned, to be tried one by one. */
function settle(engine: Engine, batch: readonly Job[]): readonly Job[] {
  let results: readonly Rows[]
  try {
    results = batch.map(({ run }) => run())
    engine.all('commit')
  } catch (error) {
    // A full disk has rolled back already.
    errorOf(() => engine.all('rollback'))
    if (batch.length > 1) return batch.map((job) => ({ ...job, alone: true }))
    batch[0]?.reject(asFailure(error))
    return []
  }
  for (const [index, job] of batch.entries()) job.resolve(results[index] ?? [])
  return []
}

/** Reads, and tries again while another process holds the lock. */
export async function patiently<T>(writer: Writer, read: () => T): Promise<T> {
  const deadline = performance.now() + BUSY_TIMEOUT
  for (;;) {
    if (writer.closed) throw unavailable('closed')
    try {
      return read()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw asFailure(error)
    }
    await sleep(PAUSE)
  }
}

function asFailure(error: unknown): unknown {
  return isStoreFailure(error) ? unavailable(`sqlite_${resultCode(error)}`, error) : error
}

function errorOf(run: () => unknown): unknown {
  try {
    run()
    return null
  } catch (error) {
    return error ?? new Error('The engine threw nothing.')
  }
}
