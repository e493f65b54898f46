import { type Auth, type AuthOptions, createAuth, type FeedReport, type Store } from 'latchkey'
import { type App, createApp, ROUTES } from './app.ts'
import { type Config, servesConsole } from './config.ts'
import { openDoor } from './console/door.ts'
import { openData } from './data.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics/metrics.ts'
import { createRequestLog } from './request-log.ts'

/** The server without its socket. */
export interface Composed {
  readonly app: App
  readonly auth: Auth
  readonly store: Store
  /** From here on it is not ready, and connections end with the answer under way. */
  startDraining(): void
  close(): Promise<void>
}

/**
 * Puts the parts together and waits until they can work.
 *
 * @param store for tests; default: the database in the data folder
 * @throws {Error} when the store cannot be used, or its keys cannot be opened
 */
export async function compose(config: Config, log: Log, store?: Store): Promise<Composed> {
  const opened = store ?? (await openData(config, config.secret))
  const metrics = await metricsOf(config)
  const requestLog = createRequestLog(log, ROUTES, metrics?.answered)
  const common: Pick<AuthOptions, 'answer' | 'limits'> = {
    ...(config.limits ? {} : { limits: false }),
    answer(error, problem) {
      requestLog.noteRefusal(error)
      return problem
    },
  }
  const auth = createAuth({
    store: opened,
    issuer: config.issuer,
    ...(metrics ? { reportRefresh: metrics.refreshed } : {}),
    revocation: {
      report(what) {
        metrics?.news(what)
        log[what === 'current' ? 'info' : 'warn']({ revocations: what }, NEWS[what])
      },
    },
    ...common,
    ...(config.auditRetention === null ? {} : { auditRetention: `${config.auditRetention}d` }),
  })
  const door = servesConsole(config)
    ? openDoor(opened, config.issuer, { ...common, revocation: SILENT })
    : null
  metrics?.follow(auth)
  const close = async (): Promise<void> => {
    await auth.close()
    await door?.close()
    await metrics?.close()
    await opened.close()
  }
  try {
    await auth.ready()
  } catch (error) {
    await close()
    throw error
  }
  let draining = false
  const { issuer, trustProxy, serviceCredentials } = config
  const app = createApp({
    auth,
    store: opened,
    issuer,
    serviceCredentials,
    consoleDoor: door,
    trustProxy,
    log,
    requestLog,
    metrics,
    isDraining: () => draining,
  })
  return {
    app,
    auth,
    store: opened,
    startDraining() {
      draining = true
    },
    close,
  }
}

/** What happens to the news of revocations is told once for both doors. */
const SILENT = { report: () => {} }

/** Who has no credential to read them with pays nothing for them. */
async function metricsOf({ serviceCredentials }: Config): Promise<Metrics | null> {
  if (serviceCredentials.length === 0) return null
  const { createMetrics } = await import('./metrics/metrics.ts')
  return createMetrics()
}

const NEWS: Readonly<Record<FeedReport, string>> = {
  stale: 'nothing was heard of revocations for 5 s',
  current: 'revocations are heard of again',
  log_changed: 'the revocation log was replaced, as by a restored backup',
  let_through: 'a token was let through unchecked',
}
