import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { AuthError } from '../../base/errors.ts'
import { type Engine, type Engines, enginesOf } from './engines.ts'
import { createGate } from './gate.ts'
import type { Work } from './work.ts'

/** What a thread is asked for. */
export interface HashOrder {
  readonly input: Uint8Array
  readonly work: Work
}

/** What it answers; `refused`: the engine does not compute with these parameters. */
export type HashAnswer = { readonly sum: Uint8Array | null } | { readonly refused: string }

/** A thread computes one hash at a time. */
interface HashThread {
  compute(order: HashOrder): Promise<Uint8Array | null>
}

/** A thread that had nothing to do for so long ends, with its memory. Milliseconds. */
const IDLE = 30_000
/** A thread that has not begun by then never will. Milliseconds. */
const START = 10_000
/** After a start that failed, for want of memory perhaps, the next is tried so much later. Milliseconds. */
const RETRY = 60_000

/** Threads without work, the last to finish last: it is the one that is still warm. Shared by the whole process. */
const idle: HashThread[] = []
let noneBefore = 0

const cores = availableParallelism()
/** Whoever hashes without a limit of its own, an import for one, must not start a thread for each. */
const onThreads = createGate({ concurrency: Math.max(4, cores), queue: Number.POSITIVE_INFINITY })
/** Node's pool has four threads, and others need it, too. */
const inPool = createGate({
  concurrency: Math.max(1, Math.min(3, cores - 1)),
  queue: Number.POSITIVE_INFINITY,
})

/**
 * The engines that compute beside the main thread: on threads of their own, so that the four of Node's pool stay free for
 * files, DNS and signatures, and at a low priority, so that requests come first. Where a thread cannot be started (a
 * bundle of one file, an edge runtime, a process without the permission), on Node's pool.
 */
export function loadEngines(): Promise<Engines> {
  return enginesOf('pooled', onThread)
}

function onThread<W extends Work>(engine: Engine<W>): Engine<W> {
  return (input, work) =>
    onThreads(async () => {
      const thread = idle.pop() ?? (await start())
      const sum = thread ? await thread.compute({ input, work }) : null
      // A thread that could not load what this one could has no answer; that is nobody's wrong password.
      return sum ?? inPool(() => engine(input, work))
    })
}

async function start(): Promise<HashThread | null> {
  if (performance.now() < noneBefore) return null
  try {
    const { Worker } = await import('node:worker_threads')
    const main = createRequire(import.meta.url).resolve('#hash-thread')
    // Without the loaders and flags of the process: they would be loaded again, for nothing.
    const worker = new Worker(main, { name: 'latchkey-hash', execArgv: [] })
    // An error ends the thread as well; without a listener it would end the process.
    worker.on('error', () => {})
    const thread = threadOf(worker)
    const late = setTimeout(() => void worker.terminate(), START)
    await answerOf(worker).finally(() => clearTimeout(late))
    return thread
  } catch {
    noneBefore = performance.now() + RETRY
    return null
  }
}

function threadOf(worker: Worker): HashThread {
  let end: NodeJS.Timeout | undefined
  let ended = false
  const rest = (): void => {
    if (ended) return
    worker.unref()
    idle.push(thread)
    end = setTimeout(() => {
      // Nobody takes a thread that is about to end.
      forget(thread)
      void worker.terminate()
    }, IDLE)
    end.unref?.()
  }
  const thread: HashThread = {
    async compute(order) {
      if (ended) throw gone()
      clearTimeout(end)
      // A process that waits for a hash does not end; one whose threads have nothing to do may.
      worker.ref()
      const answering = answerOf(worker)
      post(worker, order)
      const answer = await answering
      rest()
      if ('refused' in answer) throw new RangeError(answer.refused)
      return answer.sum
    },
  }
  worker.once('exit', () => {
    ended = true
    forget(thread)
  })
  return thread
}

/** What the thread says next. When it ends instead, out of memory for one, nobody has been told a wrong password. */
function answerOf(worker: Worker): Promise<HashAnswer> {
  return new Promise((resolve, reject) => {
    const exited = (): void => {
      worker.off('message', answer)
      reject(gone())
    }
    const answer = (said: HashAnswer): void => {
      worker.off('exit', exited)
      resolve(said)
    }
    worker.once('message', answer)
    worker.once('exit', exited)
  })
}

function gone(): AuthError {
  return new AuthError('unavailable', 'The thread that hashed the password has ended.', { retryAfter: 1 })
}

/** Copies what is sent: a `Buffer` is a piece of a larger memory, and all of that would be cloned. */
function post(worker: Worker, { input, work }: HashOrder): void {
  const [ownInput, salt] = [new Uint8Array(input), new Uint8Array(work.salt)]
  worker.postMessage({ input: ownInput, work: { ...work, salt } }, [ownInput.buffer, salt.buffer])
}

function forget(thread: HashThread): void {
  const place = idle.indexOf(thread)
  if (place >= 0) idle.splice(place, 1)
}
