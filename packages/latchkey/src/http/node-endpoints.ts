import type { IncomingMessage } from 'node:http'
import type { Auth } from '../auth/auth.ts'
import type { Authenticator } from '../auth/principal.ts'
import type { Sessions } from '../auth/sessions.ts'
import { createTrust, type TrustProxy } from './address.ts'
import { createEndpoints, type EndpointOptions } from './endpoints.ts'
import { mustClose, toRequest } from './node.ts'
import { toProblem } from './problem.ts'
import { problemResponse } from './response.ts'

/** How the endpoints see the network in front of them. */
export interface NodeEndpointOptions extends Pick<EndpointOptions, 'cors'> {
  /** Proxies whose `X-Forwarded-For` counts: how many, or their networks. @default false, the socket tells */
  readonly trustProxy?: TrustProxy
}

/**
 * Answers a request that Node received. Rejects only with errors that are not ours.
 *
 * @param url path and query below the mount
 * @param parsed the body as a framework parsed it
 */
export type NodeEndpoints = (req: IncomingMessage, url: string, parsed?: () => unknown) => Promise<Response>

/** {@link createEndpoints} for every framework that stands on Node's own requests. */
export function createNodeEndpoints(
  auth: Auth | Sessions | Authenticator,
  { trustProxy, ...options }: NodeEndpointOptions = {},
): NodeEndpoints {
  const handle = createEndpoints(auth, options)
  const trust = createTrust(trustProxy)
  const answer = async (
    ...[req, url, parsed = () => undefined]: Parameters<NodeEndpoints>
  ): Promise<Response> => {
    try {
      return await handle(await toRequest(req, { url, trust, parsed }))
    } catch (error) {
      const problem = toProblem(error, auth.transport)
      if (!problem) throw error
      return problemResponse(problem)
    }
  }
  return async (...visit) => {
    const response = await answer(...visit)
    if (mustClose(visit[0], response.status)) response.headers.set('connection', 'close')
    return response
  }
}
