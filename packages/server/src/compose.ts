import { type Auth, createAuth, type Store } from 'latchkey'
import { type App, createApp, ROUTES } from './app.ts'
import type { Config } from './config.ts'
import { openData } from './data.ts'
import type { Log } from './log.ts'
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
  const requestLog = createRequestLog(log, ROUTES)
  const auth = createAuth({
    store: opened,
    issuer: config.issuer,
    ...(config.limits ? {} : { limits: false }),
    answer(error, problem) {
      requestLog.noteRefusal(error)
      return problem
    },
  })
  const close = async (): Promise<void> => {
    await auth.close()
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
    trustProxy,
    log,
    requestLog,
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
