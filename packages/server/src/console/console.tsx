import { Hono, type MiddlewareHandler } from 'hono'
import { csrf } from 'hono/csrf'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Auth, AuthError, type Store } from 'latchkey'
import { toProblem } from 'latchkey/http'
import type { Log } from '../log.ts'
import { type Access, type ConsoleContext, type ConsoleEnv, createAccess } from './access.ts'
import { eventScreens } from './events.tsx'
import { homeScreen } from './home.tsx'
import { inspectorScreen } from './inspector.tsx'
import { keyScreens } from './keys.tsx'
import { Narrow } from './page.tsx'
import { sessionScreens } from './session.tsx'
import { Confirm, SignIn } from './sign-in.tsx'
import { STYLES } from './styles.ts'
import { userScreens } from './users.tsx'

/** What the screens show and change. */
export interface ConsoleParts {
  /** What is shown and changed. */
  readonly auth: Auth
  /** Where administrators sign in. */
  readonly door: Auth
  readonly store: Store
  readonly issuer: string
  readonly log: Log
  readonly addressOf: (request: Request) => string | null
}

/** Writes who is about to change what, before it is changed. */
export type Note = (
  c: ConsoleContext,
  what: string,
  about?: Readonly<Record<string, string>>,
) => Promise<void>

/** What a screen is handed. */
export interface ScreenParts extends ConsoleParts {
  readonly note: Note
}

const FORM_BYTES = 32_768

/** No script at all, and nothing from elsewhere (H-12). */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  // With none at all browsers would not say where a form comes from.
  'referrer-policy': 'same-origin',
} as const

/** The administrators' pages, to be mounted at `/console`: made on the server, for users with the scope `latchkey:admin`. */
export function createConsole(parts: ConsoleParts): Hono<ConsoleEnv> {
  const { door, store, issuer, log, addressOf } = parts
  const refusalOf = refusalsBy(door)
  const access = createAccess(parts, issuer, addressOf)
  const app = new Hono<ConsoleEnv>()
  app.use(async function addHeaders(c, next) {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
  })
  app.onError((error, c) => answerFor(c, error, log, refusalOf))
  app.get('/styles.css', (c) => c.body(STYLES, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.use(csrf({ origin: ownOrigin(issuer) }), readForm)
  signInRoutes(app, access, refusalOf)
  app.use(requireAdmin(access))
  app.route('/', inspectorScreen(parts))
  app.post('/keys/:kid/revoke', requireFresh(access, refusalOf, REVOKING_A_KEY))
  app.on('POST', '/*', requireFresh(access, refusalOf))
  const screen: ScreenParts = {
    ...parts,
    async note(c, what, data = {}) {
      const { account, sessionId } = c.var.admin
      const { address = null, userAgent = null } = access.deviceOf(c)
      await store.events.append({
        type: `console.${what}`,
        userId: account.id,
        sessionId,
        address,
        userAgent,
        data,
      })
    },
  }
  for (const screens of [homeScreen, userScreens, sessionScreens, eventScreens, keyScreens])
    app.route('/', screens(screen))
  app.all('*', () => {
    throw new AuthError('not_found', 'There is no such page.')
  })
  return app
}

/** The console's own pages: at the issuer's address, and where that is a machine's own also at its other names. */
function ownOrigin(
  issuer: string,
): (origin: string, c: { readonly req: { readonly url: string } }) => boolean {
  const { origin: issued, protocol } = new URL(issuer)
  return (origin, c) => origin === issued || (protocol === 'http:' && origin === new URL(c.req.url).origin)
}

/** Fields of a form, as browsers send it. Anything else holds none. */
const readForm: MiddlewareHandler<ConsoleEnv> = async function readForm(c, next) {
  const isForm = c.req.method === 'POST' && /^application\/x-www-form-urlencoded\b/i.test(typeOf(c))
  c.set('form', isForm ? Object.fromEntries(new URLSearchParams(await textOf(c.req.raw))) : {})
  await next()
}

const typeOf = (c: ConsoleContext): string => c.req.header('content-type') ?? ''

/** @throws {AuthError} `too_large` */
async function textOf(request: Request): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > FORM_BYTES) throw new AuthError('too_large', 'The form is larger than 32 KiB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function signInRoutes(app: Hono<ConsoleEnv>, access: Access, refusalOf: RefusalOf): void {
  app.get('/sign-in', (c) => c.html(<SignIn to={ownPath(c.req.query('to'))} />))
  app.post('/sign-in', async (c) => {
    const { username = '', password = '', to } = c.var.form
    try {
      await access.signIn(c, username, password)
    } catch (error) {
      const { status, sentence } = refusalOf(error)
      return c.html(<SignIn to={ownPath(to)} problem={sentence} />, status)
    }
    return c.redirect(ownPath(to), 303)
  })
  app.post('/sign-out', async (c) => {
    await access.signOut(c)
    return c.redirect('/console/sign-in', 303)
  })
}

function requireAdmin(access: Access): MiddlewareHandler<ConsoleEnv> {
  return async function requireAdmin(c, next) {
    const admin = await access.adminOf(c)
    if (admin === null) {
      const to = c.req.method === 'GET' ? new URL(c.req.url) : null
      const asked = to === null ? '' : `?to=${encodeURIComponent(to.pathname + to.search)}`
      return c.redirect(`/console/sign-in${asked}`, 303)
    }
    c.set('admin', admin)
    await next()
    return undefined
  }
}

const REVOKING_A_KEY =
  'Nothing that this key signed will be accepted any more, on any machine, and it cannot be undone.'

/**
 * A change is made by whoever proved lately who they are; the form is kept until they have.
 *
 * @param consequence of what no click by mistake may do: asks each time, and says so
 */
function requireFresh(
  access: Access,
  refusalOf: RefusalOf,
  consequence: string | null = null,
): MiddlewareHandler<ConsoleEnv> {
  return async function requireFresh(c, next) {
    const { admin } = c.var
    const { confirm, ...form } = c.var.form
    if (consequence !== null || !admin.isFresh) {
      const { username } = admin.account
      const ask = (problem: string | null, status: ContentfulStatusCode): Response | Promise<Response> =>
        c.html(
          <Confirm
            action={c.req.path}
            form={form}
            username={username}
            consequence={consequence}
            problem={problem}
          />,
          status,
        )
      if (confirm === undefined) return ask(null, 403)
      try {
        c.set('admin', await access.signIn(c, username, confirm))
      } catch (error) {
        const { status, sentence } = refusalOf(error)
        return ask(sentence, status)
      }
    }
    await next()
    return undefined
  }
}

/** A path of the console and nothing else: what leads elsewhere leads home. */
function ownPath(path: string | undefined): string {
  if (path === undefined || !/^\/console(?:[/?]|$)/.test(path) || /\\|\/\//.test(path)) return '/console'
  const { pathname, search } = new URL(path, 'http://localhost')
  return /^\/console(?:\/|$)/.test(pathname) ? pathname + search : '/console'
}

interface Refusal {
  readonly status: ContentfulStatusCode
  readonly sentence: string
}

/** @throws what is no refusal */
type RefusalOf = (error: unknown) => Refusal

/** Refusals as a page says them. The log and the metrics hear of them as of any other. */
function refusalsBy({ transport }: Auth): RefusalOf {
  return (error) => {
    if (error instanceof HTTPException && error.status === 403) return FOREIGN
    if (!(error instanceof AuthError)) throw error
    const status = (toProblem(error, transport)?.status ?? 500) as ContentfulStatusCode
    const { retryAfter } = error.details
    const wait = retryAfter === undefined ? '' : ` Try again in ${retryAfter} seconds.`
    return { status, sentence: `${error.message.replace(/\.?$/, '.')}${wait}` }
  }
}

const FOREIGN: Refusal = { status: 403, sentence: 'The request did not come from a page of this console.' }

function answerFor(
  c: ConsoleContext,
  error: Error,
  log: Log,
  refusalOf: RefusalOf,
): Response | Promise<Response> {
  const isRefusal = error instanceof AuthError || error instanceof HTTPException
  const { status, sentence } = isRefusal ? refusalOf(error) : FAILED
  if (status === 500)
    log.error({ name: error.name, reason: error.message, stack: error.stack }, 'a page failed')
  return c.html(
    <Narrow title="That did not work" problem={sentence}>
      <p>
        <a href="/console">To the console</a>
      </p>
    </Narrow>,
    status,
  )
}

/** Says nothing of what happened; the log does (H-19). */
const FAILED: Refusal = { status: 500, sentence: 'The server failed to make this page.' }
