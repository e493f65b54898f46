import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refuseConfig } from './commands/context.ts'
import { type Composed, compose } from './compose.ts'
import { type Config, readConfig } from './config.ts'
import { failureOf } from './failure.ts'
import { createHttpServer } from './http-server.ts'
import { createLog, type Log } from './log.ts'
import { drain, onceAskedToStop } from './shutdown.ts'
import { welcome } from './welcome.ts'
import { isPrimary, isWorker, leavePrimary, startWorkers } from './workers.ts'

/** Serves until the process is asked to stop; with a configuration or a store that cannot work it says so and ends. */
export async function serve(options: Readonly<Record<string, string | boolean | undefined>>): Promise<void> {
  const config = readConfig(options as Record<string, string>, process.env)
  if ('faults' in config) return refuseConfig(config.faults, options['json'] === true)
  const log = createLog(config.logLevel)
  try {
    const port = isPrimary(config.workers)
      ? await startWorkers(config.workers, log)
      : await start(config, log)
    if (!isWorker()) process.stdout.write(welcome({ ...config, port }))
  } catch (error) {
    process.stderr.write(`latchkey-server: ${failureOf(error, config)}\n`)
    process.exitCode = 1
    leavePrimary()
  }
}

/** Resolves to the port it listens on. */
async function start(config: Config, log: Log): Promise<number> {
  const composed = await compose(config, log)
  const server = createHttpServer(composed.app, config.issuer)
  try {
    await listen(server, config)
  } catch (error) {
    await composed.close()
    throw error
  }
  process.on('unhandledRejection', (reason) =>
    log.error({ reason: nameOf(reason) }, 'a promise was rejected and nobody listened'),
  )
  onceAskedToStop((signal) => void stop(server, composed, log, signal))
  return (server.address() as AddressInfo).port
}

async function stop(server: Server, composed: Composed, log: Log, signal: string): Promise<void> {
  log.info({ signal }, 'stopping: no new connections, waiting for requests under way')
  composed.startDraining()
  await drain(server)
  await composed.close()
  log.info('stopped')
  leavePrimary()
}

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

const nameOf = (reason: unknown): string =>
  reason instanceof Error ? `${reason.name}: ${reason.message}` : typeof reason
