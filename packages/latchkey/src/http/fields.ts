import { AuthError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import { isJson } from './body.ts'
import { BODY_LIMIT } from './limits.ts'

/** What a body must hold: each field a string, no other. */
type Fields<N extends string> = Readonly<Record<N, string>>

/**
 * The fields of a JSON body, each there and a string, and no others (H-14, H-16, H-17).
 *
 * @throws {AuthError} `unsupported_media_type`, `too_large`, `invalid_request`, `invalid_input`
 */
export async function readFields<N extends string>(
  request: Request,
  names: readonly N[],
): Promise<Fields<N>> {
  const body = await readJson(request)
  if (body === undefined)
    throw new AuthError('invalid_request', 'The request has no body.', { reason: 'body' })
  return requireFields(body, names)
}

/** The same where a request may go without a body: `null` then. */
export async function readOptionalFields<N extends string>(
  request: Request,
  names: readonly N[],
): Promise<Fields<N> | null> {
  const body = await readJson(request)
  return body === undefined ? null : requireFields(body, names)
}

async function readJson(request: Request): Promise<unknown> {
  requirePlain(request)
  const bytes = await readBytes(request)
  if (bytes.length === 0) return undefined
  if (!isJson(request.headers.get('content-type')))
    throw new AuthError('unsupported_media_type', 'The body must be application/json.')
  return parseJson(bytes)
}

/** @throws {AuthError} `unsupported_media_type` for a compressed body */
export function requirePlain(request: Request): void {
  const encoding = request.headers.get('content-encoding')
  if (encoding === null || encoding.toLowerCase() === 'identity') return
  // A few bytes could unpack to gigabytes.
  throw new AuthError('unsupported_media_type', 'The body must not be compressed.')
}

/** The bytes of a body, up to a limit. @throws {AuthError} `too_large` */
export async function readBytes(request: Request, limit: number = BODY_LIMIT): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length')) > limit) throw tooLarge()
  const reader = request.body?.getReader()
  if (!reader) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let size = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length
    chunks.push(next.value)
    if (size <= limit) continue
    // What is beyond the limit is never read. Nobody waits for that to end: a copy ends with its original.
    reader.cancel().catch(() => {})
    throw tooLarge()
  }
  return Buffer.concat(chunks)
}

function tooLarge(): AuthError {
  return new AuthError('too_large', 'The body of the request is too large.')
}

function requireFields<N extends string>(body: unknown, names: readonly N[]): Fields<N> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new AuthError('invalid_request', 'The body must be a JSON object.', { reason: 'body' })
  const fields = body as Record<string, unknown>
  for (const name of Object.keys(fields)) {
    if (!names.includes(name as N)) throw unknownField(name)
  }
  for (const name of names) {
    if (typeof fields[name] !== 'string')
      throw new AuthError('invalid_input', `"${name}" must be a string.`, { field: name })
  }
  return fields as Fields<N>
}

/** The name is the caller's own text: it goes back only where it is short and plain. */
function unknownField(name: string): AuthError {
  const field = /^[\w.-]{1,64}$/.test(name) ? name : ''
  return new AuthError('invalid_input', 'The body has a field that is not known here.', { field })
}
