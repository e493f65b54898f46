import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meter } from '@opentelemetry/api'
import { VERSION } from '../version.ts'

/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 20

/**
 * What the process uses, under the names that dashboards for Node know.
 *
 * @returns what stops watching the event loop
 */
export function watchProcess(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  delay.enable()
  const gauge = (name: string, description: string, read: () => number): void =>
    meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()))
  gauge(
    'nodejs_eventloop_lag_p99_seconds',
    'How late the event loop was, 99th percentile since the last look.',
    () => {
      // A timer that is on time is seen after the resolution; what is beyond it is lag.
      const late = delay.percentile(99) / 1e9 - RESOLUTION / 1000
      delay.reset()
      return Math.max(0, late)
    },
  )
  gauge('process_resident_memory_bytes', 'Memory in use.', () => process.memoryUsage.rss())
  const started = Date.now() / 1000 - process.uptime()
  gauge('process_start_time_seconds', 'When the process started, since 1970.', () => started)
  meter
    .createObservableCounter('process_cpu_seconds_total', { description: 'Processor time used.' })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage()
      result.observe((user + system) / 1e6)
    })
  meter
    .createObservableGauge('latchkey_build_info', { description: 'What is running; always 1.' })
    .addCallback((result) => result.observe(1, { version: VERSION, node: process.version }))
  return () => void delay.disable()
}
