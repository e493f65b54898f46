import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** From now on nothing comes through, and nothing is refused either. */
  blackHole(): void
  heal(): void
}

/** A wire to a server on loopback that can be cut without anybody being told. */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let cut = false
  const pipe = (from: Socket, to: Socket): void => {
    from.on('data', (data) => void (cut || to.write(data)))
    from.on('close', () => to.destroy())
    from.on('error', () => to.destroy())
    sockets.add(from)
  }
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    pipe(client, upstream)
    pipe(upstream, client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    blackHole() {
      cut = true
    },
    heal() {
      cut = false
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
