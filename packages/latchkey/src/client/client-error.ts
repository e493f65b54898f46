import type { ErrorCode } from '../base/errors.ts'
import type { Answer } from './endpoints.ts'

/**
 * The server's code, or one of two of our own: `unreachable` when no answer came, `unexpected` when what came is no
 * answer of ours (a page of a proxy). A server that words its refusals itself may have others.
 */
export type ClientErrorCode = ErrorCode | 'unreachable' | 'unexpected' | (string & Record<never, never>)

/** Why a call failed. Branch on `code`. */
export interface ClientError extends Error {
  readonly name: 'ClientError'
  readonly code: ClientErrorCode
  /** `null` when no answer came. */
  readonly status: number | null
  /** Seconds until another try may succeed; `null` where nobody said. */
  readonly retryAfter: number | null
  /** `invalid_input`, `account_taken`: the field that is wrong. */
  readonly field: string | null
}

/** Whether an error is one that the client throws on purpose. */
export function isClientError(error: unknown): error is ClientError {
  return error instanceof Error && error.name === 'ClientError' && 'code' in error
}

/** What the server refused. */
export function refusalOf({ status, body, retryAfter }: Answer): ClientError {
  const { error, msg, field } = body ?? {}
  return clientError(typeof msg === 'string' ? msg : `The server answered ${status}.`, {
    code: typeof error === 'string' ? error : 'unexpected',
    status,
    retryAfter,
    field: typeof field === 'string' ? field : null,
  })
}

/** No answer, or not all of it. */
export function unreachable(cause: unknown): ClientError {
  const facts = { code: 'unreachable', status: null, retryAfter: null, field: null } as const
  return clientError('The server cannot be reached.', facts, cause)
}

type Facts = Pick<ClientError, 'code' | 'status' | 'retryAfter' | 'field'>

function clientError(message: string, facts: Facts, cause?: unknown): ClientError {
  const error = new Error(message, cause === undefined ? undefined : { cause })
  return Object.assign(error, { name: 'ClientError' as const, ...facts })
}
