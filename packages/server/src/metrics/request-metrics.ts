import type { Counter, Meter } from '@opentelemetry/api'
import type { Answered } from '../request-log.ts'

/** Seconds: a verified token takes a fraction of the first, a sign-in some of the middle. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Counts what was answered. Labels come out of closed lists only: route patterns, methods, classes of statuses, codes of
 * errors. What a request carried is never one (G-01).
 */
export function createRequestMetrics(meter: Meter): (answered: Answered) => void {
  const duration = meter.createHistogram('latchkey_http_request_duration_seconds', {
    description: 'Time from the request to the end of its answer, by route, method and class of status.',
    advice: { explicitBucketBoundaries: BUCKETS },
  })
  const refusals = meter.createCounter('latchkey_refusals_total', {
    description: 'Requests that were refused, by the code of the error.',
  })
  const signIns = countOf(meter, 'latchkey_sign_ins_total', 'Sign-ins.', ['ok', 'failed', 'throttled'])
  const registrations = countOf(meter, 'latchkey_registrations_total', 'New accounts.', [
    'ok',
    'refused',
    'throttled',
  ])
  return ({ route, method, status, milliseconds, code }) => {
    duration.record(milliseconds / 1000, {
      route,
      method: METHODS.has(method) ? method : 'other',
      status: `${Math.floor(status / 100)}xx`,
    })
    if (code !== null) refusals.add(1, { code })
    if (method !== 'POST') return
    if (route === '/login' || route === '/console/sign-in') count(signIns, signInOf(status, code))
    if (route === '/register') count(registrations, registrationOf(status, code))
  }
}

function count(counter: Counter, outcome: string | null): void {
  if (outcome !== null) counter.add(1, { outcome })
}

/** `null` for what proved no password and was not turned away for trying: a malformed body, a store that is away. */
function signInOf(status: number, code: string | null): string | null {
  if (status < 400) return 'ok'
  if (code === 'invalid_credentials') return 'failed'
  return code === 'too_many_attempts' ? 'throttled' : null
}

function registrationOf(status: number, code: string | null): string | null {
  if (status < 300) return 'ok'
  if (code === 'too_many_attempts') return 'throttled'
  return status < 500 ? 'refused' : null
}

/** A counter by outcome that shows 0 for each from the start, so that the first one counts as a rise. */
export function countOf(
  meter: Meter,
  name: string,
  description: string,
  outcomes: readonly string[],
): Counter {
  const counter = meter.createCounter(name, { description })
  for (const outcome of outcomes) counter.add(0, { outcome })
  return counter
}
