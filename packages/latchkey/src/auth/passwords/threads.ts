import { createRequire } from 'node:module'
import type { Worker } from 'node:worker_threads'
import { AuthError } from '../../base/errors.ts'
import { type Engine, type Engines, enginesOf } from './engines.ts'
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

/** Threads without work, the last to finish last: it is the one that is still warm. Shared by the whole process. */
const idle: HashThread[] = []
let unavailable = false

/**
 * The engines that compute beside the main thread: on threads of their own, so that the four of Node's pool stay free for
 * files, DNS and signatures, and at a low priority, so that requests come first. Where a thread cannot be started (a
 * bundle of one file, an edge runtime, a process without the permission), on Node's pool.
 */
export function loadEngines(): Promise<Engines> {
  return enginesOf('pooled', onThread)
}

function onThread<W extends Work>(engine: Engine<W>): Engine<W> {
  return async (input, work) => {
    const thread = idle.pop() ?? (await start())
    return thread ? thread.compute({ input, work }) : engine(input, work)
  }
}

async function start(): Promise<HashThread | null> {
  if (unavailable) return null
  try {
    const { Worker } = await import('node:worker_threads')
    const main = createRequire(import.meta.url).resolve('#hash-thread')
    // Without the loaders and flags of the process: they would be loaded again, for nothing.
    const worker = new Worker(main, { name: 'latchkey-hash', execArgv: [] })
    // An error ends the thread as well; without a listener it would end the process.
    worker.on('error', () => {})
    await answerOf(worker)
    return threadOf(worker)
  } catch {
    unavailable = true
    return null
  }
}

function threadOf(worker: Worker): HashThread {
  let end: NodeJS.Timeout | undefined
  const rest = (): void => {
    worker.unref()
    idle.push(thread)
    end = setTimeout(() => {
      // Nobody takes a thread that is about to end.
      forget(thread)
      void worker.terminate()
    }, IDLE).unref()
  }
  const thread: HashThread = {
    async compute(order) {
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
  worker.once('exit', () => forget(thread))
  return thread
}

/** What the thread says next. When it ends instead, out of memory for one, nobody has been told a wrong password. */
function answerOf(worker: Worker): Promise<HashAnswer> {
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      worker.off('message', answer)
      reject(
        new AuthError('unavailable', 'The thread that hashed the password has ended.', { retryAfter: 1 }),
      )
    }
    const answer = (said: HashAnswer): void => {
      worker.off('exit', gone)
      resolve(said)
    }
    worker.once('message', answer)
    worker.once('exit', gone)
  })
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
