import { millisecondsOf } from '../base/duration.ts'
import { requireKnownNames } from '../base/known-names.ts'
import type { SessionSettings } from './sessions.ts'

/** Milliseconds. */
export interface SessionTimes {
  readonly access: number
  readonly idle: number
  readonly session: number
  readonly grace: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * How long tokens and sessions live, and the grace, with the defaults filled in.
 *
 * @throws {TypeError} beyond what is safe or of use
 */
export function timesOf({
  lifetime = {},
  grace = '30s',
}: Pick<SessionSettings, 'lifetime' | 'grace'>): SessionTimes {
  requireKnownNames(lifetime, { access: true, idle: true, session: true }, 'lifetime')
  const times = {
    access: millisecondsOf(lifetime.access ?? '10m', 'lifetime.access'),
    idle: millisecondsOf(lifetime.idle ?? '14d', 'lifetime.idle'),
    session: millisecondsOf(lifetime.session ?? '30d', 'lifetime.session'),
    grace: millisecondsOf(grace, 'grace'),
  }
  requireBetween(times.access, 60_000, HOUR, 'lifetime.access: expected 1 minute to 1 hour.')
  requireBetween(times.idle, HOUR, 90 * DAY, 'lifetime.idle: expected 1 hour to 90 days.')
  requireBetween(
    times.session,
    times.idle,
    366 * DAY,
    'lifetime.session: expected at least lifetime.idle, at most a year.',
  )
  requireBetween(times.grace, 0, 300_000, 'grace: expected 0 to 300 seconds.')
  return times
}

function requireBetween(value: number, least: number, most: number, message: string): void {
  if (value < least || value > most) throw new TypeError(message)
}
