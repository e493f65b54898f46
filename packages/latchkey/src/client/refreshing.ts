import type { TokenBody } from '../http/wire.ts'
import { type ClientError, isClientError, refusalOf } from './client-error.ts'
import { type Answer, type Post, pairOf } from './endpoints.ts'
import type { HeldTokens } from './held-tokens.ts'
import type { Tabs } from './tabs.ts'

export interface RefreshDeps {
  readonly tokens: HeldTokens
  readonly tabs: Tabs
  readonly post: Post
  /** Milliseconds in which one refresh is tried again; below the server's grace. */
  readonly patience: number
  /** The pair is held already. @param from the refresh token that was traded for it; `null` in cookies */
  renewed(pair: TokenBody, from: string | null): void
  /** The server refused for good. */
  refused(): void
}

/** One refresh at a time. */
export interface Refreshing {
  /**
   * A pair that is newer than version `seen`.
   *
   * @returns whether there is one; `false` when the session is over
   * @throws {ClientError} when that could not be found out
   */
  newerThan(seen: number): Promise<boolean>
  /** Gives up what is under way: its answer counts no more. */
  cancel(): void
}

export function createRefreshing(deps: RefreshDeps): Refreshing {
  const { tokens, tabs } = deps
  let running: { readonly seen: number; readonly work: Promise<boolean> } | null = null
  let stop = new AbortController()
  const start = (seen: number): Promise<boolean> => {
    const { signal } = stop
    const work = tabs.exclusively(() => trade(deps, seen, signal))
    const mine = { seen, work }
    running = mine
    const done = (): void => {
      if (running === mine) running = null
    }
    work.then(done, done)
    return work
  }
  return {
    async newerThan(seen) {
      if (tokens.version !== seen) return true
      return running?.seen === seen ? running.work : start(seen)
    },
    cancel() {
      stop.abort()
      stop = new AbortController()
      running = null
    },
  }
}

async function trade(deps: RefreshDeps, seen: number, stop: AbortSignal): Promise<boolean> {
  const { tokens, renewed, refused } = deps
  for (let isFirst = true; ; isFirst = false) {
    const token = tokens.refresh()
    // Another tab may have been first, and whoever signs in or out stops this.
    const isOvertaken = (): boolean => tokens.version !== seen || stop.aborted
    const answer = isOvertaken() ? null : await persistently(deps.post, token, deps.patience, stop)
    if (answer === null || isOvertaken()) return tokens.version !== seen
    if (!isFinal(answer)) {
      const pair = pairOf(answer)
      tokens.hold(pair)
      renewed(pair, token)
      return true
    }
    // sessions.md R15: look once whether another tab has put a newer token there.
    if (!isFirst || tokens.refresh() === token) {
      refused()
      return false
    }
  }
}

/** Our 401 and nobody else's: a proxy that asks for a password of its own has not ended the session. */
function isFinal({ status, body }: Answer): boolean {
  return status === 401 && body !== null
}

const FIRST_PAUSE = 250

/**
 * Repeats the same token until an answer comes: within the grace the server gives the same successor (R4, R15).
 *
 * @returns `null` when it was stopped
 */
async function persistently(
  post: Post,
  token: string | null,
  patience: number,
  stop: AbortSignal,
): Promise<Answer | null> {
  const until = performance.now() + patience
  for (let pause = FIRST_PAUSE; ; pause *= 2) {
    const outcome = await attempt(post, token, stop)
    if (stop.aborted) return null
    if (!(outcome instanceof Error)) return outcome
    const wait = Math.max(pause, (outcome.retryAfter ?? 0) * 1000)
    if (performance.now() + wait >= until) throw outcome
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** Whoever waits longer has lost the answer. With the default patience the last attempt ends within the grace. */
const LONGEST_ATTEMPT = 8000

async function attempt(post: Post, token: string | null, stop: AbortSignal): Promise<Answer | ClientError> {
  const own = new AbortController()
  const abort = (): void => own.abort()
  const timer = setTimeout(abort, LONGEST_ATTEMPT)
  stop.addEventListener('abort', abort)
  try {
    const answer = await post('/refresh', token === null ? null : { refresh_token: token }, own.signal)
    return answer.status >= 500 ? refusalOf(answer) : answer
  } catch (error) {
    if (isClientError(error)) return error
    throw error
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', abort)
  }
}
