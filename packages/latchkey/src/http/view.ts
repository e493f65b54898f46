import type { RequestView } from '../auth/transport.ts'
import { readBytes } from './fields.ts'
import { ROUTE_BODY_LIMIT } from './limits.ts'

/** A view of the web's own `Request`, for guarding where a framework speaks it. Its body is read from a copy. */
export function viewOf(request: Request): RequestView {
  return {
    method: request.method,
    header: (name) => request.headers.get(name) ?? (name === 'host' ? new URL(request.url).host : null),
    query: (name) => new URL(request.url).searchParams.getAll(name),
    body: () => readBytes(request.clone(), ROUTE_BODY_LIMIT),
  }
}
