import type { Problem } from '../auth/transport.ts'
import { textOf } from './node.ts'
import { JSON_TYPE, NO_STORE } from './problem.ts'

/** A JSON answer that nobody keeps (H-04), with what cookies it sets. */
export function jsonResponse(body: unknown, status = 200, cookies: readonly string[] = []): Response {
  const headers = new Headers({ 'content-type': JSON_TYPE, ...NO_STORE })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(JSON.stringify(body), { status, headers })
}

/** A refusal as the web's response. */
export function problemResponse({ status, headers, body }: Problem): Response {
  return new Response(status === 204 ? null : textOf(body), { status, headers })
}
