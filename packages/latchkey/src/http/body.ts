import type { RequestView } from '../auth/transport.ts'
import { chain, type MaybePromise } from '../base/chain.ts'
import { parseJson } from '../base/json.ts'
import { jsonValue } from '../base/json-value.ts'

/** Whether a `Content-Type` is JSON itself. Relatives (`application/problem+json`) are not meant for us. */
export function isJson(contentType: string | null | undefined): boolean {
  return /^application\/json[ \t]*(?:;|$)/i.test(contentType ?? '')
}

/**
 * A JSON body, parsed strictly where it still is bytes; `undefined` when there is none.
 *
 * @throws {AuthError} `invalid_request`, `too_large`
 */
export function jsonBody(view: RequestView): MaybePromise<unknown> {
  if (!view.body || !isJson(view.header('content-type'))) return undefined
  return chain(view.body(), (body) => {
    if (!(body instanceof Uint8Array)) return body
    return body.length === 0 ? undefined : parseJson(body)
  })
}

/** The first value of a field of a form body; `null` when there is none. */
export function formField(view: RequestView, name: string): MaybePromise<string | null> {
  const isUrlEncoded = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i.test(
    view.header('content-type') ?? '',
  )
  if (!view.body) return null
  return chain(view.body(), (body) => {
    if (!(body instanceof Uint8Array)) return textOf(member(body, name))
    return isUrlEncoded ? new URLSearchParams(Buffer.from(body).toString('utf8')).get(name) : null
  })
}

/** An own member of an object; what its prototype has does not count. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

function textOf(value: unknown): string | null {
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : null
}

/** What a body parser would have made of these bytes, for handlers that come after a guard that read them first. */
export function parsedBody(contentType: string | null | undefined, bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (/^application\/x-www-form-urlencoded/i.test(contentType ?? ''))
    return Object.fromEntries(new URLSearchParams(text))
  if (!isJson(contentType)) return bytes
  try {
    return jsonValue(text)
  } catch {
    return undefined
  }
}
