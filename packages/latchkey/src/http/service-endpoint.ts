import type { ErrorCode } from '../base/errors.ts'
import { AuthError } from '../base/errors.ts'
import type { FetchHandler } from './endpoints.ts'
import { requireModestHeaders } from './limits.ts'
import { toProblem, type Wording } from './problem.ts'
import { problemResponse } from './response.ts'

/**
 * One endpoint that takes one method; refusals become answers. Errors that are not ours reject: the server answers
 * them.
 */
export function createServiceEndpoint(
  method: 'GET' | 'POST',
  act: (request: Request) => Promise<Response>,
  wording: Wording = {},
): FetchHandler {
  // By our own rules, whatever dialect a door speaks: services read the RFCs.
  const { dialect: _, ...ours } = wording
  return async (request) => {
    try {
      requireModestHeaders(request.headers)
      if (request.method !== method) throw wrongMethod(method)
      return await act(request)
    } catch (error) {
      const problem = toProblem(error, ours)
      if (!problem) throw error
      return problemResponse(problem)
    }
  }
}

function wrongMethod(method: string): AuthError {
  return new AuthError('method_not_allowed', 'This address does not take that method.', { allow: [method] })
}

/** The code of one of our errors; `null` for others. */
export function codeOf(error: unknown): ErrorCode | null {
  return error instanceof AuthError ? error.code : null
}
