/**
 * Whether this is Cloudflare Workers (workerd). Three things are different there: outside of a request there is no
 * input or output, no timer and no random number; what a request began ends with it, unless it is handed over; and
 * names are resolved by the network, which lets nobody choose the address.
 */
export const isWorkers: boolean =
  (globalThis as { readonly navigator?: { readonly userAgent?: unknown } }).navigator?.userAgent ===
  'Cloudflare-Workers'

/** On Workers: lets `work` go on when the request that began it is over, and others may be waiting for it. */
export function outliveRequest(work: Promise<unknown>): void {
  if (!isWorkers) return
  const { waitUntil } = (process.getBuiltinModule('cloudflare:workers') ?? {}) as {
    readonly waitUntil?: (work: Promise<unknown>) => void
  }
  waitUntil?.(work)
}
