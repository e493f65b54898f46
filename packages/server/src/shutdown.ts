import type { Server } from 'node:http'

/** How long (ms) requests under way may take before their connections are cut. */
export const DRAIN = 10_000

/** Calls back once, at the first SIGTERM or SIGINT. A second one ends the process as if nobody listened. */
export function onceAskedToStop(stop: (signal: string) => void): void {
  const signals = ['SIGTERM', 'SIGINT'] as const
  const heard = (signal: NodeJS.Signals): void => {
    for (const each of signals) process.off(each, heard)
    stop(signal)
  }
  for (const signal of signals) process.on(signal, heard)
}

/** Takes no new connections and resolves when the last request was answered, or when `limit` milliseconds are over. */
export async function drain(server: Server, limit: number = DRAIN): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), limit)
  await closed
  clearTimeout(timer)
}
