/**
 * Tests of applications that use Latchkey: who is signed in, what a route must refuse, and time that moves when it is
 * told to. Works with every test runner.
 */
export { type MovableClock, movableClock } from './clock.ts'
export type { Issuing, SignedIn, Who, WithAccount, WithSession, WithTokens } from './doors.ts'
export { headersFor, type RequestHeaders } from './headers.ts'
export type { Refusal } from './refusals.ts'
export { type Identity, type TestAuth, type TestSettings, type TimedTestAuth, testAuth } from './test-auth.ts'
export { type TestIssuer, type TestIssuerOptions, type TokenOf, testIssuer } from './test-issuer.ts'
