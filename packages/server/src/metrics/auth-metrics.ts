import type { Meter } from '@opentelemetry/api'
import type { Auth, AuthStatus, RefreshOutcome, RefreshReporter } from 'latchkey'
import { countOf } from './request-metrics.ts'

/** The compiler says when one is missing. */
const OUTCOMES: Readonly<Record<RefreshOutcome, true>> = {
  rotated: true,
  replayed: true,
  coalesced: true,
  adopted: true,
  reused: true,
  refused: true,
  failed: true,
}

/** Counts what came of each refresh (sessions.md R3 to R6). */
export function createRefreshMetrics(meter: Meter): RefreshReporter {
  const refreshes = countOf(
    meter,
    'latchkey_refreshes_total',
    'Refreshes, by what came of them.',
    Object.keys(OUTCOMES),
  )
  const replays = meter.createCounter('latchkey_refresh_replayed_total', {
    description: 'Refreshes with a superseded token within the grace, by how many generations it was behind.',
  })
  return (outcome, behind) => {
    refreshes.add(1, { outcome })
    if (outcome === 'replayed') replays.add(1, { behind: String(behind) })
  }
}

/** Reads how the door stands, at each look. */
export function followAuth(meter: Meter, auth: Pick<Auth, 'status'>): void {
  const gauge = (name: string, description: string, read: (status: AuthStatus) => number | null): void =>
    meter.createObservableGauge(name, { description }).addCallback((result) => {
      const value = read(auth.status())
      if (value !== null) result.observe(value)
    })
  gauge(
    'latchkey_revocation_age_seconds',
    'Time since the revocation log was asked and answered; absent before the first answer.',
    ({ revocations: { age } }) => (age === null ? null : age / 1000),
  )
  gauge(
    'latchkey_revocation_bound_seconds',
    'With older news every token is refused, so no revoked one is accepted for longer.',
    ({ revocations }) => revocations.maxStaleness / 1000,
  )
  gauge('latchkey_revocations_held', 'Revocations in memory.', ({ revocations }) => revocations.held)
  gauge('latchkey_password_hashes_running', 'Passwords being hashed.', ({ passwords }) => passwords.running)
  gauge(
    'latchkey_password_hashes_waiting',
    'Passwords that wait to be hashed.',
    (status) => status.passwords.waiting,
  )
  meter
    .createObservableGauge('latchkey_revocation_mode', {
      description: 'How revocations are known; always 1.',
    })
    .addCallback((result) =>
      result.observe(1, { mode: 'synced', on_stale: auth.status().revocations.onStale }),
    )
  meter
    .createObservableCounter('latchkey_revocations_heard_total', { description: 'Revocations heard of.' })
    .addCallback((result) => result.observe(auth.status().revocations.heard))
}
