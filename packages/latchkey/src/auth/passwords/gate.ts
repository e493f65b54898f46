import { AuthError } from '../../base/errors.ts'

/** Runs work when its turn comes. */
export interface Gate {
  <T>(work: () => Promise<T>): Promise<T>
  /** What goes on at this moment. */
  load(): GateLoad
}

/** How much runs, and how much waits for its turn. */
export interface GateLoad {
  readonly running: number
  readonly waiting: number
}

export interface GateOptions {
  /** How much may run at a time. */
  readonly concurrency: number
  /** How much may wait for its turn. */
  readonly queue: number
}

/**
 * Lets a few hashes run at a time, in the order in which they came: each takes a core and 19 MiB of memory, and past the
 * cores more at a time are only slower.
 *
 * The gate's promise is refused with {@link AuthError} `unavailable` when too many wait already (L-08).
 */
export function createGate({ concurrency, queue }: GateOptions): Gate {
  const waiting: (() => void)[] = []
  let running = 0

  // A place is handed to the next in line, never given back and raced for: nobody is overtaken.
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
  const enter = async (): Promise<void> => {
    if (running < concurrency) {
      running++
      return
    }
    if (waiting.length >= queue) throw crowded()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const pass = async <T>(work: () => Promise<T>): Promise<T> => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
  return Object.assign(pass, { load: () => ({ running, waiting: waiting.length }) })
}

function crowded(): AuthError {
  return new AuthError('unavailable', 'Too many sign-ins are waiting. Try again in a moment.', {
    retryAfter: 1,
    reason: 'password_queue',
  })
}
