import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { csrf } from 'hono/csrf'
import { HTTPException } from 'hono/http-exception'
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
  readonly auth: Auth
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
} as const

/** The administrators' pages, to be mounted at `/console`: made on the server, for users with the scope `admin`. */
export function createConsole(parts: ConsoleParts): Hono<ConsoleEnv> {
  const { auth, store, issuer, log, addressOf } = parts
  const access = createAccess(auth, issuer, addressOf)
  const app = new Hono<ConsoleEnv>()
  app.use(async function addHeaders(c, next) {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
  })
  app.onError((error, c) => answerFor(c, error, log))
  app.get('/styles.css', (c) => c.body(STYLES, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.use(csrf({ origin: (origin, c) => origin === new URL(issuer).origin || isOwn(origin, c.req.url) }))
  app.use(bodyLimit({ maxSize: FORM_BYTES }), readForm)
  signInRoutes(app, access)
  app.use(requireAdmin(access))
  app.post('/sign-out', async (c) => {
    await access.signOut(c)
    return c.redirect('/console/sign-in', 303)
  })
  app.route('/', inspectorScreen(parts))
  app.on('POST', '/*', requireFresh(access))
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

const isOwn = (origin: string, url: string): boolean => origin === new URL(url).origin

/** Fields of a form; files are none. */
const readForm: MiddlewareHandler<ConsoleEnv> = async function readForm(c, next) {
  const isForm = c.req.method === 'POST'
  const fields = isForm ? Object.entries(await c.req.parseBody()) : []
  c.set(
    'form',
    Object.fromEntries(fields.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
  )
  await next()
}

function signInRoutes(app: Hono<ConsoleEnv>, access: Access): void {
  app.get('/sign-in', (c) => c.html(<SignIn to={ownPath(c.req.query('to'))} />))
  app.post('/sign-in', async (c) => {
    const { username = '', password = '', to } = c.var.form
    try {
      await access.signIn(c, username, password)
    } catch (error) {
      const { status, sentence } = refusalOf(error)
      return c.html(<SignIn to={ownPath(to)} problem={sentence} />, status as 401)
    }
    return c.redirect(ownPath(to), 303)
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

/** A change is made by whoever proved lately who they are; the form is kept until they have. */
function requireFresh(access: Access): MiddlewareHandler<ConsoleEnv> {
  return async function requireFresh(c, next) {
    const { admin } = c.var
    const { confirm, ...form } = c.var.form
    if (!(await access.isFresh(admin))) {
      const { username } = admin.account
      const ask = (problem: string | null, status: number): Response | Promise<Response> =>
        c.html(
          <Confirm action={c.req.path} form={form} username={username} problem={problem} />,
          status as 403,
        )
      if (confirm === undefined) return ask(null, 403)
      try {
        c.set('admin', await access.signIn(c, username, confirm, admin.sessionId))
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
  return path !== undefined && /^\/console(?:[/?][\w\-./?=&%:~]*)?$/.test(path) && !path.includes('//')
    ? path
    : '/console'
}

interface Refusal {
  readonly status: number
  readonly sentence: string
}

/** @throws what is no refusal */
function refusalOf(error: unknown): Refusal {
  if (!(error instanceof AuthError)) throw error
  const status = toProblem(error)?.status ?? 500
  if (error.code === 'insufficient_scope') {
    return { status, sentence: 'This account may not use the console: it needs the scope "admin".' }
  }
  const { retryAfter } = error.details
  const wait = retryAfter === undefined ? '' : ` Try again in ${retryAfter} seconds.`
  return { status, sentence: `${error.message.replace(/\.?$/, '.')}${wait}` }
}

function answerFor(c: ConsoleContext, error: Error, log: Log): Response | Promise<Response> {
  const { status, sentence } =
    error instanceof HTTPException
      ? { status: error.status, sentence: 'The request did not come from a page of this console.' }
      : error instanceof AuthError
        ? refusalOf(error)
        : FAILED
  if (status === 500)
    log.error({ name: error.name, reason: error.message, stack: error.stack }, 'a page failed')
  return c.html(
    <Narrow title="That did not work" problem={sentence}>
      <p>
        <a href="/console">To the console</a>
      </p>
    </Narrow>,
    status as 500,
  )
}

/** Says nothing of what happened; the log does (H-19). */
const FAILED: Refusal = { status: 500, sentence: 'The server failed to make this page.' }
