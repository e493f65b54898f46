import type { Authenticator, Location } from 'latchkey'
import { cookiesFor } from 'latchkey/http'
import { decodeUnverified } from 'latchkey/jwt'

/** Headers of a request, as `fetch`, `inject` and `app.request` take them. */
export type RequestHeaders = Readonly<Record<string, string>>

/**
 * The headers that carry a token as this door expects it: in its own header, or in its cookie with what its CSRF
 * protection asks for. Empty where it takes tokens in neither.
 *
 * @param location instead of the first of the door's that is one of the two
 * @throws {TypeError} for a location that the door does not look at
 */
export async function headersFor(
  auth: Authenticator,
  tokens: { readonly accessToken: string } | { readonly refreshToken: string },
  location?: Location,
): Promise<RequestHeaders> {
  const { locations, header } = auth.transport
  if (location !== undefined && !locations.includes(location))
    throw new TypeError(`location: this door does not look for tokens in ${location}.`)
  const token = 'accessToken' in tokens ? tokens.accessToken : tokens.refreshToken
  switch (location ?? locations.find((one) => one === 'headers' || one === 'cookies')) {
    case 'headers':
      return { [header.name]: header.scheme === '' ? token : `${capitalised(header.scheme)} ${token}` }
    case 'cookies':
      return { cookie: await cookieOf(auth, tokens), ...intentOf(auth, token) }
    default:
      return {}
  }
}

async function cookieOf(auth: Authenticator, tokens: object): Promise<string> {
  const lines = await cookiesFor(auth, tokens)
  return lines.map((line) => line.split(';')[0]).join('; ')
}

/** What the page of the application would send along. */
function intentOf({ transport: { csrf, doubleSubmit } }: Authenticator, token: string): RequestHeaders {
  if (csrf === 'origin') return { 'sec-fetch-site': 'same-origin' }
  const { csrf: value } = decodeUnverified(token).claims
  return typeof value === 'string' ? { [doubleSubmit.header]: value } : {}
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
