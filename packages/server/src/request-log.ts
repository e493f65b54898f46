import { AsyncLocalStorage } from 'node:async_hooks'
import type { MiddlewareHandler } from 'hono'
import type { AuthError } from 'latchkey'
import type { Log } from './log.ts'

interface Entry {
  refusal: { readonly error: string; readonly reason?: string } | null
}

/** An answer as it is counted: all of it out of closed lists, but the method. */
export interface Answered {
  readonly method: string
  /** The pattern, or `unknown`. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
  /** The code of the refusal, when it was one. */
  readonly code: string | null
}

/** One line for each request, with the check that refused it (G-04), and nothing of what it carried. */
export interface RequestLog {
  readonly middleware: MiddlewareHandler
  /** To be told of each refusal while its request is under way. */
  noteRefusal(error: AuthError): void
}

/** @param observe told of each answer, beside the line */
export function createRequestLog(
  log: Log,
  routes: readonly string[],
  observe: (answered: Answered) => void = () => {},
): RequestLog {
  const current = new AsyncLocalStorage<Entry>()
  return {
    noteRefusal({ code, details: { reason } }) {
      const entry = current.getStore()
      if (entry) entry.refusal = reason === undefined ? { error: code } : { error: code, reason }
    },
    middleware: async function logRequest(c, next) {
      const begun = performance.now()
      const entry: Entry = { refusal: null }
      await current.run(entry, next)
      const { status } = c.res
      const milliseconds = performance.now() - begun
      const method = methodOf(c.req.method)
      const route = routeOf(c.req.path, routes)
      observe({ method, route, status, milliseconds, code: entry.refusal?.error ?? null })
      const fields = { method, route, status, ms: Math.round(milliseconds), ...entry.refusal }
      log[status >= 500 ? 'error' : 'info'](fields, 'request')
    },
  }
}

/** A path may be anything, a pasted token too, so only the ones that we know are logged; ids are left out. */
function routeOf(path: string, routes: readonly string[]): string {
  if (routes.includes(path)) return path
  if (path.startsWith('/console/')) return '/console'
  return path.startsWith('/sessions/') ? '/sessions/:id' : 'unknown'
}

const methodOf = (method: string): string => (/^[A-Z]{3,7}$/.test(method) ? method : 'unknown')
