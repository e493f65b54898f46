import cluster, { type Worker } from 'node:cluster'
import { merged } from './merge.ts'

/*
 * With several workers a look reaches any one of them. It asks the primary, which asks every worker and hands back what
 * they answered, so that each look sees all of them.
 */

type Message =
  | { readonly metrics: 'look'; readonly id: number }
  | { readonly metrics: 'read'; readonly id: number }
  | { readonly metrics: 'text'; readonly id: number; readonly text: string }
  | { readonly metrics: 'all'; readonly id: number; readonly texts: readonly string[] }

/** Milliseconds that a worker has to answer; a look then goes on without it. */
const DEADLINE = 1000

/** Where each of some answers goes, by the number of the question. */
type Pending<T> = Map<number, (answer: T) => void>

/** In the primary: passes looks on, for as long as the process lives. */
export function relayLooks(): void {
  const awaited: Pending<string> = new Map()
  let rounds = 0
  cluster.on('message', (worker, message: unknown) => {
    if (!isMessage(message)) return
    if (message.metrics === 'text') awaited.get(message.id)?.(message.text)
    if (message.metrics !== 'look') return
    rounds += 1
    void askAll(awaited, rounds).then((texts) => send(worker, { metrics: 'all', id: message.id, texts }))
  })
}

function askAll(awaited: Pending<string>, id: number): Promise<readonly string[]> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected())
  const texts: string[] = []
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      awaited.delete(id)
      resolve(texts)
    }
    const timer = setTimeout(finish, DEADLINE)
    awaited.set(id, (text) => {
      texts.push(text)
      if (texts.length === workers.length) finish()
    })
    for (const worker of workers) if (worker) send(worker, { metrics: 'read', id })
  })
}

// One that is about to end cannot be told any more; nobody waits for it longer than the deadline.
const send = (to: Worker, message: Message): void => void to.send(message, () => {})

/** A reader of what every worker counts. */
export interface Gatherer {
  text(): Promise<string>
  close(): void
}

/** In a worker: a look at all of them. @param own reads what this one counts */
export function gatherFromAll(own: () => Promise<string>): Gatherer {
  const awaited: Pending<readonly string[]> = new Map()
  let looks = 0
  const tell = (message: Message): void => void process.send?.(message, undefined, undefined, () => {})
  const hear = (message: unknown): void => {
    if (!isMessage(message)) return
    if (message.metrics === 'all') awaited.get(message.id)?.(message.texts)
    if (message.metrics === 'read') void own().then((text) => tell({ metrics: 'text', id: message.id, text }))
  }
  process.on('message', hear)
  return {
    async text() {
      looks += 1
      const texts = await allTexts(awaited, looks, tell)
      return merged(texts ?? [await own()])
    },
    close: () => void process.off('message', hear),
  }
}

/** `null` when the primary does not answer: then a worker speaks for itself. */
function allTexts(
  awaited: Pending<readonly string[]>,
  id: number,
  tell: (message: Message) => void,
): Promise<readonly string[] | null> {
  return new Promise((resolve) => {
    const finish = (texts: readonly string[] | null): void => {
      clearTimeout(timer)
      awaited.delete(id)
      resolve(texts)
    }
    const timer = setTimeout(() => finish(null), 2 * DEADLINE)
    awaited.set(id, finish)
    tell({ metrics: 'look', id })
  })
}

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'metrics' in message && 'id' in message
