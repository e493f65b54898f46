import type { Authenticator } from '../auth/principal.ts'
import type { Located, Location, RequestView, Transport } from '../auth/transport.ts'
import { AuthError } from '../base/errors.ts'
import { requireIntent, requireOwnPage } from './csrf.ts'
import { readOptionalFields } from './fields.ts'
import { createLocator, type Locator } from './locations.ts'

type Kind = 'access' | 'refresh'

/**
 * Finds the token that `/refresh` and `/logout` are about: in the header, as `refresh_token` of the JSON body, or in
 * a cookie where cookies are a location; and then where the system has it whose tokens are adopted. What a caller
 * shows on purpose comes before what a browser adds by itself.
 *
 * The function rejects with `missing_token` when there is none.
 */
export function createTokenFinder(
  auth: Authenticator,
  kinds: readonly [Kind, ...Kind[]],
): (request: Request, view: RequestView) => Promise<Located> {
  const locatorOf = (location: Location, kind: Kind): Locator =>
    createLocator(auth.transport, { refresh: kind === 'refresh', locations: [location] })
  const inHeader = locatorOf('headers', kinds[0])
  const hasCookies = auth.transport.locations.includes('cookies')
  const inCookies = hasCookies ? kinds.map((kind) => locatorOf('cookies', kind)) : []
  const inAdopted = adoptedLocator(auth)
  return async (request, view) => {
    const shown = (await look(inHeader, view)) ?? (await inBody(request))
    if (shown) return shown
    for (const locate of inCookies) {
      const found = await look(locate, view)
      if (found) return found
    }
    const adopted = inAdopted && (await look(inAdopted, view))
    if (adopted) {
      // Beside the proof that its own system asks for, if it asks for any.
      if (adopted.location === 'cookies') await requireMeant(view, auth.transport)
      return adopted
    }
    throw new AuthError('missing_token', `This needs a ${kinds.length > 1 ? '' : 'refresh '}token.`)
  }
}

/** Double submit is the other system's business: our value belongs to tokens of ours. */
async function requireMeant(view: RequestView, transport: Transport): Promise<void> {
  if (transport.csrf === 'origin') await requireIntent(view, transport)
  else requireOwnPage(view, transport)
}

/** Where the other system has its refresh tokens, but for bodies: those have one form here. */
function adoptedLocator({ transport: { adopted } }: Authenticator): Locator | null {
  const locations = adopted?.locations.filter((one) => one === 'headers' || one === 'cookies') ?? []
  return adopted && locations.length > 0 ? createLocator(adopted, { refresh: true, locations }) : null
}

async function look(locate: Locator, view: RequestView): Promise<Located | null> {
  try {
    return await locate(view)
  } catch (error) {
    if (error instanceof AuthError && error.code === 'missing_token') return null
    throw error
  }
}

async function inBody(request: Request): Promise<Located | null> {
  const fields = await readOptionalFields(request, ['refresh_token'])
  return fields === null ? null : { token: fields.refresh_token, location: 'json' }
}
