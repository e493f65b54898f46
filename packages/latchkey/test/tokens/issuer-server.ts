import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Answer = (res: ServerResponse, req: IncomingMessage) => void

/** A server on this machine that answers as it is told, and counts who asked. */
export interface IssuerServer extends AsyncDisposable {
  readonly url: string
  readonly requests: IncomingMessage[]
  /** How often somebody connected, whether or not a request came of it. */
  connections(): number
  answer: Answer
}

export async function issuerServer(answer: Answer): Promise<IssuerServer> {
  const requests: IncomingMessage[] = []
  const server = createServer((req, res) => {
    requests.push(req)
    issuer.answer(res, req)
  })
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer: IssuerServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return issuer
}

/** Answers 200 with this JSON. */
export const json =
  (body: unknown, headers: Record<string, string> = {}): Answer =>
  (res) => {
    res.writeHead(200, { 'content-type': 'application/json', ...headers })
    res.end(JSON.stringify(body))
  }
