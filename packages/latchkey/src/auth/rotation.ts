import { AuthError } from '../base/errors.ts'
import type { Judged, NewSession, Session, Store } from '../store/store.ts'
import type { Tokens } from '../tokens/index.ts'
import type { Adopting, Foreign } from './adoption.ts'
import { newEvent } from './events.ts'
import type { Device, Presenting, TokenPair } from './sessions.ts'

/** What the session rules are handed. Times in milliseconds. */
export interface RotationDeps {
  readonly tokens: Tokens
  readonly store: Pick<Store, 'sessions' | 'events'>
  readonly grace: number
  readonly idle: number
  /** The access token's life in seconds, drawn anew for each so that refreshes spread. */
  readonly accessLifetime: () => number
  /** How long an unexpired access token may still go round after its session ended. */
  readonly hold: number
  readonly onReuse: 'session' | 'user'
  /** Resolves when what was just revoked is refused by this process. */
  readonly felt: () => Promise<void>
  /** Told what came of each refresh. */
  readonly reportRefresh: RefreshReporter
  /** Calls the application's hooks before anything changes; `null` when the user is gone. */
  readonly prepare: (userId: string, sessionId: string | null) => Promise<AccessExtras | null>
  /** Tokens of another system; `null` where none are taken. */
  readonly adopting: Adopting | null
}

/**
 * What came of a refresh: `rotated`; `replayed`, a superseded token within the grace (R4); `coalesced`, the current one
 * after four rotations within it (R6); `adopted`, a token of another system; `reused`, which ended the session (R5);
 * `refused`, any other token that is no good; `failed`, when the store or a hook did.
 */
export type RefreshOutcome =
  | 'rotated'
  | 'replayed'
  | 'coalesced'
  | 'adopted'
  | 'reused'
  | 'refused'
  | 'failed'

/** @param behind how many generations the token was behind its session: 1 to 4 when `replayed`, else 0 */
export type RefreshReporter = (outcome: RefreshOutcome, behind: number) => void

/** What goes into an access token beside the session. */
export interface AccessExtras {
  readonly scope: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** A refresh token whose signature, kind and form hold. */
export interface Presented {
  readonly sub: string
  readonly sid: string
  readonly gen: number
}

/** A row, its user's epoch now and the time. */
type Found = Judged & { readonly epoch: number }

/** At most so many rounds when others rotate at the same moment. */
const ROUNDS = 5
/** A token so far ahead of its row was not lost by a failover (R7). */
const FARTHEST = 1000

/**
 * Trades a refresh token for a new pair: sessions.md R1 to R9.
 *
 * @throws {AuthError} `invalid_grant`, `refresh_token_reused`, `csrf_failed`, `unavailable`
 */
export async function refreshSession(
  deps: RotationDeps,
  token: string,
  presenting: Presenting,
): Promise<TokenPair> {
  try {
    const { pair, outcome, behind } = await tradeIn(deps, token, presenting)
    tell(deps, outcome, behind)
    return pair
  } catch (error) {
    tell(deps, failureOf(error), 0)
    throw error
  }
}

interface Traded {
  readonly pair: TokenPair
  readonly outcome: RefreshOutcome
  readonly behind: number
}

async function tradeIn(deps: RotationDeps, token: string, { csrf, ...device }: Presenting): Promise<Traded> {
  const presented = await recognise(deps, token, csrf)
  const extras = await deps.prepare(presented.sub, presented.sid)
  if (!extras) throw invalidGrant('user')
  const adopted = 'adopts' in presented ? await deps.adopting?.start(presented, device) : null
  if (adopted) {
    // Another session may have made room for it.
    await deps.felt()
    return { pair: await issuePair(deps, adopted, extras, false), outcome: 'adopted', behind: 0 }
  }
  for (let round = 0; round < ROUNDS; round++) {
    const answer = await present(deps, presented, device)
    if (answer) return { ...answer, pair: await issuePair(deps, answer.judged, extras, false) }
  }
  throw new AuthError('unavailable', 'The session is being refreshed elsewhere.', { retryAfter: 1 })
}

/** A token of ours, or else one of the system that users come from. */
async function recognise(
  { tokens, adopting }: RotationDeps,
  token: string,
  csrf: string | undefined,
): Promise<Presented | Foreign> {
  try {
    return await verifyRefreshToken(tokens, token, csrf)
  } catch (refusal) {
    if (!adopting || !(refusal instanceof AuthError) || refusal.code === 'unavailable') throw refusal
    const foreign = await adopting.recognise(token, csrf)
    if (foreign) return foreign
    throw refusal
  }
}

/** R9: whoever listens may fail without consequence. */
function tell({ reportRefresh }: RotationDeps, outcome: RefreshOutcome, behind: number): void {
  try {
    reportRefresh(outcome, behind)
  } catch {}
}

function failureOf(error: unknown): RefreshOutcome {
  if (!(error instanceof AuthError) || error.code === 'unavailable') return 'failed'
  return error.code === 'refresh_token_reused' ? 'reused' : 'refused'
}

/** The row that answers, and how it came to that. */
interface Answer extends Omit<Traded, 'pair'> {
  readonly judged: Judged
}

/** One round: `null` when it is worth another look. */
async function present(deps: RotationDeps, presented: Presented, device: Device): Promise<Answer | null> {
  const { sessions } = deps.store
  const { sid, gen, sub } = presented
  const rotated = await sessions.rotate(sid, gen, deps)
  if (rotated)
    return rotated.session.userId === sub
      ? { judged: rotated, outcome: 'rotated', behind: 0 }
      : refuse('subject')
  const found = await sessions.find(sid)
  switch (judgePresented(found, presented, deps.grace)) {
    case 'answer':
      return answeredAgain(found as Found, gen)
    case 'raced':
      return null
    case 'ahead':
      return catchUp(deps, presented, (found as Judged).session, device)
    case 'reuse':
      return endForReuse(deps, presented, found as Found, device)
    case 'ended_by_reuse':
      await endUserForReuse(deps, found as Found, device)
      throw reused()
    case 'implausible':
      return refuseImplausible(deps, presented, (found as Judged).session, device)
    default:
      return refuse('session')
  }
}

export type Verdict = 'answer' | 'raced' | 'ahead' | 'implausible' | 'reuse' | 'ended_by_reuse' | 'refuse'

/**
 * What a token deserves that did not rotate its row (R2, R4 to R7). Exact: a superseded generation is answered if and
 * only if it was superseded less than the grace ago.
 */
export function judgePresented(
  found: Found | null,
  { sub, gen }: Pick<Presented, 'sub' | 'gen'>,
  grace: number,
): Verdict {
  if (!found || found.session.userId !== sub) return 'refuse'
  const { session, now, epoch } = found
  if (session.endedAt !== null) return session.endedReason === 'reuse' ? 'ended_by_reuse' : 'refuse'
  if (now >= session.expiresAt || session.epoch !== epoch) return 'refuse'
  const behind = session.generation - gen
  if (behind < 0) return -behind > FARTHEST ? 'implausible' : 'ahead'
  // R6: the current one, four rotations within the grace. Of anything older than four it is known to be out of it.
  const since = session.superseded[behind === 0 ? 3 : behind - 1] ?? null
  const inGrace = since !== null && Math.max(0, now - since) < grace
  if (behind === 0) return inGrace ? 'answer' : 'raced'
  return inGrace ? 'answer' : 'reuse'
}

function answeredAgain(judged: Found, gen: number): Answer {
  const behind = judged.session.generation - gen
  return { judged, outcome: behind === 0 ? 'coalesced' : 'replayed', behind }
}

/** R7: the signature proves that we minted it, so the store lost commits. */
async function catchUp(
  deps: RotationDeps,
  { sid, gen }: Presented,
  session: Session,
  device: Device,
): Promise<null> {
  const data = { distance: gen - session.generation }
  const event = newEvent('session.generation_ahead', { userId: session.userId, sessionId: sid, data }, device)
  await deps.store.sessions.catchUp(sid, session.generation, gen, event)
  return null
}

async function refuseImplausible(
  deps: RotationDeps,
  { sid, gen }: Presented,
  session: Session,
  device: Device,
): Promise<never> {
  const data = { distance: gen - session.generation }
  await deps.store.events.append(
    newEvent('session.generation_implausible', { userId: session.userId, sessionId: sid, data }, device),
  )
  throw invalidGrant('generation')
}

/** R5: only the caller that finds the session alive ends it; all are told the same. */
async function endForReuse(
  deps: RotationDeps,
  { sid, gen }: Presented,
  found: Found,
  device: Device,
): Promise<never> {
  const { session, now } = found
  const behind = session.generation - gen
  const since = session.superseded[behind - 1] ?? null
  const data = {
    behind,
    age: since === null ? null : now - since,
    kind: behind === 1 ? 'grace_expired' : 'stale',
  }
  const event = newEvent('session.reuse_detected', { userId: session.userId, sessionId: sid, data }, device)
  const wasFirst = await deps.store.sessions.end(sid, { reason: 'reuse', hold: deps.hold }, event)
  if (wasFirst) await endUserForReuse(deps, found, device)
  await deps.felt()
  throw reused()
}

/**
 * R10, `onReuse: 'user'`: whoever shows the token again makes up for a caller that ended its session and got no
 * further. Once it is done, the epoch is another one.
 */
async function endUserForReuse(
  { store, onReuse, hold, felt }: RotationDeps,
  { session, epoch }: Found,
  device: Device,
): Promise<void> {
  if (onReuse !== 'user' || session.epoch !== epoch) return
  const event = newEvent('sessions.ended', { userId: session.userId, data: { reason: 'reuse' } }, device)
  await store.sessions.endAll(session.userId, { reason: 'reuse', hold, keep: null }, event)
  await felt()
}

/** R1: signature, kind and form. Times are the row's business. Every failure reads the same. */
export async function verifyRefreshToken(tokens: Tokens, token: string, csrf?: string): Promise<Presented> {
  try {
    const shown = csrf === undefined ? {} : { csrf }
    const { claims } = await tokens.verify(token, { kind: 'refresh', ignoreTimes: true, ...shown })
    const { sub, sid, gen } = claims
    if (typeof sid !== 'string' || typeof gen !== 'number' || gen < 0) throw invalidGrant('form')
    return { sub, sid, gen }
  } catch (cause) {
    if (cause instanceof AuthError && cause.code !== 'unavailable' && cause.code !== 'csrf_failed')
      throw invalidGrant(cause.details.reason ?? cause.code)
    throw cause
  }
}

/** A new session, and the pair of its generation 0. */
export async function startSession(
  deps: RotationDeps & { readonly limit: number },
  session: NewSession,
  extras: AccessExtras,
  device: Device,
): Promise<TokenPair> {
  const { id: sessionId, userId } = session
  const event = newEvent('session.started', { userId, sessionId }, device)
  const started = await deps.store.sessions.start(session, { limit: deps.limit, hold: deps.hold }, event)
  if (!started) throw new AuthError('invalid_credentials', 'Bad username or password', { reason: 'disabled' })
  return issuePair(deps, started, extras, true)
}

/** The tokens of a row as it stands, by the store's own time (R8). */
export async function issuePair(
  { tokens, accessLifetime }: Pick<RotationDeps, 'tokens' | 'accessLifetime'>,
  { session, now }: Judged,
  { scope, claims }: AccessExtras,
  fresh: boolean,
): Promise<TokenPair> {
  const {
    id: sid,
    userId: identity,
    generation,
    epoch,
    authenticatedAt,
    expiresAt,
    createdAt,
    superseded,
  } = session
  const expiresIn = accessLifetime()
  const seconds = Math.floor(now / 1000)
  const ofSession = { sid, epoch, authTime: Math.floor(authenticatedAt / 1000) }
  const made = Math.floor((superseded[0] ?? createdAt) / 1000)
  const ends = Math.floor(expiresAt / 1000)
  return {
    accessToken: await tokens.mint({
      kind: 'access',
      identity,
      now: seconds,
      lifetime: expiresIn,
      fresh,
      scope,
      claims,
      session: ofSession,
    }),
    refreshToken: await tokens.mint({
      kind: 'refresh',
      identity,
      now: made,
      lifetime: ends - made,
      session: { ...ofSession, generation },
    }),
    expiresIn,
    refreshExpiresIn: ends - seconds,
    sessionId: sid,
  }
}

function refuse(reason: string): never {
  throw invalidGrant(reason)
}

/** One constant refusal, whatever was wrong: an unknown session answers the same bytes as a forged token. */
function invalidGrant(reason: string): AuthError {
  return new AuthError('invalid_grant', 'The refresh token is not valid.', { reason })
}

function reused(): AuthError {
  return new AuthError(
    'refresh_token_reused',
    'The refresh token was used before, so its session was ended. Sign in again.',
    { reason: 'reuse' },
  )
}
