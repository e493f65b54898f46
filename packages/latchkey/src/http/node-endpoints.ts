import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../auth/auth.ts'
import type { Authenticator } from '../auth/principal.ts'
import type { Sessions } from '../auth/sessions.ts'
import { createTrust, type TrustProxy } from './address.ts'
import { createEndpoints } from './endpoints.ts'
import { sendProblem, sendResponse, toRequest } from './node.ts'
import { toProblem } from './problem.ts'

/** How the endpoints see the network in front of them. */
export interface NodeEndpointOptions {
  /** Proxies whose `X-Forwarded-For` counts: how many, or their networks. @default false, the socket tells */
  readonly trustProxy?: TrustProxy
}

/**
 * Answers a request that Node received. Rejects only with errors that are not ours.
 *
 * @param url path and query below the mount
 * @param parsed the body as a framework parsed it
 */
export type NodeEndpoints = (
  req: IncomingMessage,
  res: ServerResponse,
  url: string,
  parsed?: () => unknown,
) => Promise<void>

/** {@link createEndpoints} for every framework that stands on Node's own request and response. */
export function createNodeEndpoints(
  auth: Auth | Sessions | Authenticator,
  { trustProxy }: NodeEndpointOptions = {},
): NodeEndpoints {
  const handle = createEndpoints(auth)
  const trust = createTrust(trustProxy)
  return async (req, res, url, parsed = () => undefined) => {
    try {
      const request = await toRequest(req, { url, trust, parsed })
      await sendResponse(res, await handle(request))
    } catch (error) {
      const problem = toProblem(error, auth.transport)
      if (!problem) throw error
      sendProblem(res, problem)
    }
  }
}
