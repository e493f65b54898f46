export type {
  CookieCall,
  CookieTokens,
  CsrfMode,
  Dialect,
  Located,
  Location,
  Problem,
  RequestView,
  Sought,
  Transport,
  TransportOptions,
  UnsetCall,
} from '../auth/transport.ts'
export { canonicalAddress, clientAddress, createTrust, type Trust, type TrustProxy } from './address.ts'
export { bearerToken } from './bearer.ts'
export { parsedBody } from './body.ts'
export { cookieValue } from './cookie-header.ts'
export { cookiesAgainst, cookiesFor } from './cookies.ts'
export { type CorsOptions, withCors } from './cors.ts'
export { type Credentials, createCredentialCheck } from './credential.ts'
export { createEndpoints, type EndpointOptions, type FetchHandler } from './endpoints.ts'
export { type FeedSource, feedEndpoint } from './feed-endpoint.ts'
export { createGuard, type Guard, type GuardOptions, type GuardResult, guard } from './guard.ts'
export { introspectionEndpoint } from './introspection.ts'
export {
  addressOf,
  type Bodies,
  type BridgeOptions,
  bufferOf,
  type Carrier,
  queryValues,
  sendProblem,
  sendResponse,
  textOf,
  toRequest,
  viewOfNode,
} from './node.ts'
export { createNodeEndpoints, type NodeEndpointOptions, type NodeEndpoints } from './node-endpoints.ts'
export { createPrincipals, type PrincipalFor, type Principals } from './principals.ts'
export { STATUS, toProblem, type Wording } from './problem.ts'
export { jsonResponse, problemResponse } from './response.ts'
export { revocationEndpoint } from './revocation-endpoint.ts'
export { viewOf } from './view.ts'
export type * from './wire.ts'
