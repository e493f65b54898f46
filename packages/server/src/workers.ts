import cluster, { type Worker } from 'node:cluster'
import type { Log } from './log.ts'
import { relayLooks } from './metrics/gather.ts'
import { DRAIN, onceAskedToStop } from './shutdown.ts'

/** Milliseconds before a worker that died is replaced, so that one that cannot start does not spin. */
const PAUSE = 500

/** The process that only starts, replaces and stops the workers; `false` in a worker, which serves. */
export const isPrimary = (workers: number): boolean => workers > 1 && cluster.isPrimary

export const isWorker = (): boolean => cluster.isWorker

/**
 * Starts one worker and, when it listens, the others; resolves to its port. One that dies later is replaced. When the
 * first ends before it listens, the configuration cannot work: it has said why, and this ends with its exit code.
 */
export function startWorkers(count: number, log: Log): Promise<number> {
  let stopping = false
  let listening = false
  const stopAll = (): void => {
    stopping = true
    for (const worker of workersOf()) worker.process.kill('SIGTERM')
    // A worker drains for as long as that, and says itself when it is done.
    setTimeout(() => {
      for (const worker of workersOf()) worker.process.kill('SIGKILL')
    }, DRAIN + 2000).unref()
  }
  onceAskedToStop(stopAll)
  relayLooks()
  cluster.fork()
  return new Promise((resolve) => {
    cluster.on('listening', (_, { port }) => {
      if (listening) return
      listening = true
      for (let i = 1; i < count; i++) cluster.fork()
      resolve(port)
    })
    cluster.on('exit', (worker, code, signal) => {
      if (stopping) return
      if (!listening) {
        process.exitCode = code || 1
        return
      }
      log.error({ pid: worker.process.pid, code, signal }, 'a worker died and is replaced')
      setTimeout(() => {
        if (!stopping) cluster.fork()
      }, PAUSE)
    })
  })
}

const workersOf = (): Worker[] =>
  Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

/** Lets a worker end: what it talks to the primary over would keep it alive. */
export function leavePrimary(): void {
  if (isWorker()) process.disconnect()
}
