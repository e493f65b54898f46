import cluster from 'node:cluster'
import type { Auth, FeedReport, RefreshReporter } from 'latchkey'
import type { Answered } from '../request-log.ts'
import { createRefreshMetrics, followAuth } from './auth-metrics.ts'
import { createExposition } from './exposition.ts'
import { gatherFromAll } from './gather.ts'
import { watchProcess } from './process-metrics.ts'
import { createRequestMetrics } from './request-metrics.ts'

/** What this process counts. */
export interface Metrics {
  /** To be told of each answer. */
  readonly answered: (answered: Answered) => void
  /** To be told what came of each refresh. */
  readonly refreshed: RefreshReporter
  /** To be told what happens to the news of revocations. */
  readonly news: (what: FeedReport) => void
  /** From here on the state of this door is read at each look. */
  follow(auth: Pick<Auth, 'status'>): void
  /** Everything as Prometheus reads it; of all workers where there are several. */
  text(): Promise<string>
  close(): Promise<void>
}

/** Loads the metrics SDK with it, so import this file only where metrics are asked for. */
export function createMetrics(): Metrics {
  const { meter, text, close } = createExposition()
  const news = meter.createCounter('latchkey_revocation_news_total', {
    description: 'What happened to the news of revocations: stale, current, log_changed, let_through.',
  })
  const stopWatching = watchProcess(meter)
  const all = cluster.isWorker ? gatherFromAll(text) : null
  return {
    answered: createRequestMetrics(meter),
    refreshed: createRefreshMetrics(meter),
    news: (what) => news.add(1, { what }),
    follow: (auth) => followAuth(meter, auth),
    text: all?.text ?? text,
    async close() {
      all?.close()
      stopWatching()
      await close()
    },
  }
}
