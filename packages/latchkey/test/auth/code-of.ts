import { AuthError } from '../../src/base/errors.ts'

/** The code with which an act is refused; 'accepted' when it is not. Anything but our own error is a failure. */
export async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act()
    return 'accepted'
  } catch (error) {
    if (error instanceof AuthError) return error.code
    throw error
  }
}
