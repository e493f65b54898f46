import { type Clock, systemClock } from '../base/clock.ts'
import { type Duration, millisecondsOf } from '../base/duration.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import type { AccountBody, CredentialsBody, TokenBody, WhoamiBody } from '../http/wire.ts'
import { refusalOf } from './client-error.ts'
import { type CsrfNames, createCsrf } from './csrf.ts'
import { createPost, isPair, pairOf, readAnswer } from './endpoints.ts'
import { createFetch } from './fetching.ts'
import { holdTokens, type TokenStorage } from './held-tokens.ts'
import { pageAddress } from './page.ts'
import { createRefreshing } from './refreshing.ts'
import { findTabs } from './tabs.ts'
import { createWhoKeeper, type Who, whoOf } from './who.ts'

type Fetch = typeof globalThis.fetch

export interface ClientOptions {
  /** Where the ready-made endpoints are mounted: `'/auth'`, or a whole address where there is no page. */
  readonly baseUrl: string | URL
  /** Other origins that are sent the tokens, `https://api.example`. Beside that of `baseUrl` no other is. @default [] */
  readonly origins?: readonly string[]
  /**
   * Where a refresh token survives a reload, for servers that answer with tokens in the body. Without one it is kept in
   * memory, for this tab and until it is reloaded. Whatever `localStorage` and `sessionStorage` hold is read by every
   * script of the page: one injected script (XSS) sends the refresh token away, and the thief has the session
   * without the browser, for as long as it lives. A cookie that is HttpOnly survives reloads and cannot be read; prefer
   * `locations: 'cookies'` at the server. If it must be a storage, `localStorage` is the one that tabs share: a tab that
   * is duplicated takes a copy of its `sessionStorage` along, and the copy that stays behind looks stolen.
   * @default null
   */
  readonly storage?: TokenStorage | null
  /** `'include'` where cookies belong to an origin that is not the page's; its CORS must allow that. @default 'same-origin' */
  readonly credentials?: 'same-origin' | 'include'
  /** Names of double submit, where the server does not use its defaults. */
  readonly csrf?: CsrfNames
  /** How long one refresh is tried again when the server does not answer; below its grace. @default '20s' */
  readonly patience?: Duration
  /** @default globalThis.fetch */
  readonly fetch?: Fetch
  readonly clock?: Clock
}

const OPTIONS: NamesOf<ClientOptions> = {
  baseUrl: true,
  origins: true,
  storage: true,
  credentials: true,
  csrf: true,
  patience: true,
  fetch: true,
  clock: true,
}

const CSRF: NamesOf<CsrfNames> = { header: true, access: true, refresh: true }

/** Who is signed in on this page, and requests in their name. Its functions reject with a `ClientError`. */
export interface Client {
  /** @throws {ClientError} `invalid_credentials`, `too_many_attempts` (with `retryAfter`), `unreachable` … */
  login(credentials: CredentialsBody): Promise<Who>
  /** A new account; it is not signed in yet. @throws {ClientError} `account_taken`, `weak_password`, `invalid_input` … */
  register(credentials: CredentialsBody): Promise<AccountBody>
  /**
   * Takes over what a sign-in route of your own answered, or `/password`: the pair, or `expires_in` alone where
   * cookies carry it.
   */
  adopt(answer: TokenBody): Promise<Who>
  /**
   * Ends the session, in every tab that shares it.
   *
   * @throws {ClientError} `unreachable`, `unavailable`: then it has not ended, and the user is still signed in
   */
  logout(): Promise<void>
  /**
   * New tokens now; `fetch` asks for them by itself.
   *
   * @returns `false` when the session is over
   * @throws {ClientError} `unreachable`, `unavailable`, `too_many_attempts`: nobody is signed out by these
   */
  refresh(): Promise<boolean>
  /**
   * `fetch`, in the name of who is signed in: with the access token or the CSRF header, with a refresh when the token is
   * old, and repeated once when new tokens may turn a refusal into an answer. A body that is a stream is sent once: its
   * refusal is the answer, though the next request has new tokens. Requests to origins that are not listed, and those
   * that bring an `Authorization` of their own, are sent as they are.
   *
   * @throws {ClientError} when the token is of no use any more and the server that renews it gives no answer
   */
  readonly fetch: Fetch
  /** Calls back when somebody signs in or, with `null`, out, here or in another tab. @returns what ends that */
  onChange(listener: (who: Who | null) => void): () => void
  /** Who is signed in, `null` for nobody. The first call asks the server. */
  current(): Promise<Who | null>
  /** Hears nothing of other tabs any more. A page that closes need not call it. */
  close(): void
}

/** What one tab tells the others. Tokens are in it only where a storage shares them anyway. */
type News =
  | { readonly kind: 'out' }
  | {
      readonly kind: 'pair'
      readonly pair: TokenBody
      /** The refresh token that it was traded for; `null` after a sign-in, and in cookies. */
      readonly from: string | null
      /** After a sign-in; `null` where that could not be asked. */
      readonly signedIn?: Who | null
    }

/**
 * The browser's side of the ready-made endpoints: signs in and out, and keeps the tokens fresh while somebody fetches,
 * with one refresh for all tabs. Whether tokens travel in cookies or in a header is the server's choice
 * (`locations`): what it puts into the body is kept in memory, what it puts into cookies no script sees. Nobody is
 * signed out by a network that fails, only by a server that refuses.
 *
 * @example
 * ```ts
 * const auth = createClient({ baseUrl: '/auth' })
 * auth.onChange((who) => { if (who === null) showSignIn() })
 * await auth.login({ username, password })
 * const response = await auth.fetch('/api/orders')
 * ```
 * @throws {TypeError} for options that cannot work
 */
export function createClient(options: ClientOptions): Client {
  requireKnownNames(options, OPTIONS, 'createClient')
  requireKnownNames(options.csrf ?? {}, CSRF, 'csrf')
  const { storage = null, credentials = 'same-origin', clock = systemClock, fetch: given } = options
  const base = baseOf(options.baseUrl)
  // Browsers refuse to run `fetch` as somebody's method.
  const fetch: Fetch = (input, init) => (given ?? globalThis.fetch)(input, init)
  const csrf = createCsrf(options.csrf)
  const post = createPost({ base: base.href, fetch, credentials, csrf })
  const tokens = holdTokens(storage, `latchkey ${base.href}`, clock)
  const tabs = findTabs(`latchkey ${base.href}`, (news) => hear(news as News))
  const who = createWhoKeeper()
  const patience = millisecondsOf(options.patience ?? '20s', 'patience')
  const refreshing = createRefreshing({
    tokens,
    tabs,
    post,
    patience,
    renewed(pair, from) {
      if (who.get() === null) who.set(undefined)
      if (isShared()) tabs.tell({ kind: 'pair', pair, from } satisfies News)
    },
    refused: () => leave(),
  })
  const origins = new Set([base.origin, ...(options.origins ?? []).map(requireOrigin)])
  const isSignedOut = (): boolean => who.get() === null
  const authorized = createFetch({ fetch, tokens, refreshing, csrf, credentials, origins, isSignedOut })
  let asking: Promise<Who | null> | null = null

  /** What lies in this tab's memory concerns no other. */
  const isShared = (): boolean => tokens.access === null || storage !== null

  function forget(): void {
    refreshing.cancel()
    asking = null
    tokens.drop()
    who.set(null)
  }

  function leave(): void {
    forget()
    tabs.tell({ kind: 'out' } satisfies News)
  }

  /** @returns `false` for what does not concern this tab, as far as its storage shows */
  function hear(news: News): boolean {
    const mine = tokens.refresh()
    if (news.kind === 'out') {
      if (mine === null) forget()
      return mine === null
    }
    const { pair, from, signedIn } = news
    const isOurs = mine === (pair.refresh_token ?? null) || (from !== null && mine === from)
    if (!isOurs) return false
    tokens.hold(pair)
    if (signedIn === undefined && who.get() !== null) return true
    asking = null
    who.set(signedIn ?? undefined)
    return true
  }

  async function askWho(): Promise<Who | null> {
    const answer = await readAnswer(authorized(`${base.href}/whoami`))
    if (answer.status === 200 && isWhoami(answer.body)) return whoOf(answer.body)
    if (answer.status === 401 && answer.body !== null) return null
    throw refusalOf(answer)
  }

  /** Whoever signs in or out meanwhile has made the answer worthless. */
  async function current(): Promise<Who | null> {
    const known = who.get()
    if (known !== undefined) return known
    asking ??= askWho()
    const mine = asking
    try {
      const found = await mine
      if (asking !== mine) return await current()
      who.set(found)
      return found
    } finally {
      if (asking === mine) asking = null
    }
  }

  async function adopt(pair: TokenBody): Promise<Who> {
    if (!isPair(pair)) throw new TypeError('adopt: expected the answer of a sign-in.')
    refreshing.cancel()
    asking = null
    tokens.hold(pair)
    who.set(undefined)
    const found = await current().finally(() => {
      const signedIn = who.get() ?? null
      if (isShared()) tabs.tell({ kind: 'pair', pair, from: null, signedIn } satisfies News)
    })
    if (found === null) throw refusalOf({ status: 401, body: null, retryAfter: null })
    return found
  }

  return {
    async login(credentials) {
      return adopt(pairOf(await post('/login', credentials)))
    },
    async register(credentials) {
      const answer = await post('/register', credentials)
      if (answer.status !== 201) throw refusalOf(answer)
      return answer.body as unknown as AccountBody
    },
    adopt,
    async logout() {
      const token = tokens.refresh() ?? tokens.access
      const answer = await post('/logout', token === null ? null : { refresh_token: token })
      // Who is told that the token is no good has no session to end.
      if (answer.status !== 200 && (answer.status !== 401 || answer.body === null)) throw refusalOf(answer)
      leave()
    },
    refresh: () => refreshing.newerThan(tokens.version),
    fetch: authorized,
    onChange: who.onChange,
    current,
    close() {
      refreshing.cancel()
      tabs.close()
    },
  }
}

function isWhoami(body: object | null): body is WhoamiBody {
  const { id, logged_in_as: name } = (body ?? {}) as Partial<WhoamiBody>
  return typeof id === 'string' && typeof name === 'string'
}

/** Without a slash at its end, a query and a fragment. */
function baseOf(baseUrl: string | URL): { readonly href: string; readonly origin: string } {
  const page = pageAddress()
  if (!URL.canParse(String(baseUrl), page))
    throw new TypeError('baseUrl: without a page, write the whole address, like "https://app.example/auth".')
  const { origin, pathname } = new URL(baseUrl, page)
  return { href: origin + pathname.replace(/\/+$/, ''), origin }
}

function requireOrigin(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin
  throw new TypeError(`origins: "${origin}" is no origin; write it like "https://api.example".`)
}
