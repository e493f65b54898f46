import cluster from 'node:cluster'
import type { Meter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { type IAttributesProcessor, MeterProvider } from '@opentelemetry/sdk-metrics'

/** Where instruments are made, and how they are read. */
export interface Exposition {
  readonly meter: Meter
  /** Everything as Prometheus reads it (text format 0.0.4). */
  text(): Promise<string>
  close(): Promise<void>
}

/** The provider is ours alone: nothing global, and no port beside the server's. */
export function createExposition(): Exposition {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const views = cluster.isWorker ? [{ instrumentName: '*', attributesProcessors: [ofThisWorker()] }] : []
  const provider = new MeterProvider({ readers: [reader], views })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  return {
    meter: provider.getMeter('latchkey-server'),
    text: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    close: () => provider.shutdown(),
  }
}

/** Workers answer at one address, and their counters must not be taken for one that jumps. */
function ofThisWorker(): IAttributesProcessor {
  const worker = String(cluster.worker?.id)
  return { process: (attributes) => ({ ...attributes, worker }) }
}
