import { isFalsy, looseBase64, looseJson } from './python.ts'

/*
 * How the peer reads the form of a token. Nothing here decides whether a token passes: it is asked when one has been
 * refused already, for the words that the peer would have found, and to look at a header without believing it.
 */

/** What the peer says of a token's form; its header and payload, where it gets that far. */
export type Reading =
  | { readonly complaint: string; readonly header: null }
  | { readonly complaint: null; readonly header: Readonly<Record<string, unknown>>; readonly payload: Buffer }

/** The checks of form in the peer's order: segments, header, paddings, header rules; the payload is not read. */
export function readHeader(token: unknown): Reading {
  if (typeof token !== 'string') return complaint('Invalid token type. Token must be text')
  const bytes = Buffer.from(token, 'utf8')
  const first = bytes.indexOf('.')
  const last = bytes.lastIndexOf('.')
  if (first === last) return complaint('Not enough segments')
  const headerBytes = looseBase64(bytes.subarray(0, first))
  if (headerBytes === null) return complaint('Invalid header padding')
  const header = objectOf(headerBytes, 'header')
  if (typeof header === 'string') return complaint(header)
  const payload = looseBase64(bytes.subarray(first + 1, last))
  if (payload === null) return complaint('Invalid payload padding')
  if (looseBase64(bytes.subarray(last + 1)) === null) return complaint('Invalid crypto padding')
  const ofHeader = complaintOfHeader(header)
  return ofHeader === null ? { complaint: null, header, payload } : complaint(ofHeader)
}

/** The same, and then the payload. */
export function readForm(token: unknown): Reading {
  const reading = readHeader(token)
  if (reading.complaint !== null) return reading
  const claims = objectOf(reading.payload, 'payload')
  return typeof claims === 'string' ? complaint(claims) : reading
}

function complaint(text: string): Reading {
  return { complaint: text, header: null }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** The object that the bytes spell, or the peer's words for why they do not. */
function objectOf(bytes: Buffer, part: 'header' | 'payload'): Readonly<Record<string, unknown>> | string {
  let value: unknown
  try {
    value = looseJson(UTF8.decode(bytes))
  } catch {
    return `Invalid ${part} string: not JSON`
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : `Invalid ${part} string: must be a json object`
}

/** What the peer has to say against a header that is read or written; `null` for nothing. */
export function complaintOfHeader(header: Readonly<Record<string, unknown>>): string | null {
  const { kid, b64 } = header
  if (kid !== undefined && typeof kid !== 'string') return 'Key ID header parameter must be a string'
  if (Object.hasOwn(header, 'crit')) return complaintOfCrit(header, header['crit'])
  // T-06: the peer takes `true`. We define no extension, so the name itself is refused.
  return b64 === undefined ? null : 'The b64 header parameter is not supported'
}

function complaintOfCrit(header: object, crit: unknown): string {
  if (!Array.isArray(crit) || isFalsy(crit)) return "Invalid 'crit' header: must be a non-empty list"
  if (!crit.every((name) => typeof name === 'string')) return "Invalid 'crit' header: values must be strings"
  if (crit.includes('b64') && !Object.hasOwn(header, 'b64'))
    return "Critical extension 'b64' is missing from headers"
  return `Unsupported critical extension: ${crit.find((name) => name !== 'b64') ?? 'b64'}`
}
