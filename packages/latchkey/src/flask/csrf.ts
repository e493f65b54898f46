import { AuthError } from 'latchkey'
import type { RequestView, Sought } from 'latchkey/http'
import type { FlaskSettings } from './options.ts'

/**
 * The double-submit value that comes with a cookie: of the header, or of the form where that is looked at.
 *
 * @returns `null` where none is asked for
 * @throws {AuthError} (or rejects with it) `csrf_failed` where it is missing
 */
export function doubleSubmitValue(
  view: RequestView,
  { refresh }: Sought,
  settings: FlaskSettings,
): string | null | Promise<string> {
  if (!settings.JWT_COOKIE_CSRF_PROTECT || !settings.JWT_CSRF_METHODS.includes(view.method)) return null
  const header = refresh ? settings.JWT_REFRESH_CSRF_HEADER_NAME : settings.JWT_ACCESS_CSRF_HEADER_NAME
  const value = view.header(header.toLowerCase())
  if (value) return value
  if (!settings.JWT_CSRF_CHECK_FORM) throw missing()
  return formValue(view, refresh ? settings.JWT_REFRESH_CSRF_FIELD_NAME : settings.JWT_ACCESS_CSRF_FIELD_NAME)
}

async function formValue(view: RequestView, name: string): Promise<string> {
  const value = await formField(view, name)
  if (!value) throw missing()
  return value
}

async function formField(view: RequestView, name: string): Promise<string | null> {
  const contentType = view.header('content-type') ?? ''
  if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)[ \t]*(?:;|$)/i.test(contentType))
    return null
  const body = await view.body?.()
  if (!(body instanceof Uint8Array)) return ofParsed(body, name)
  const fields = await fieldsOf(body, contentType)
  const value = fields?.get(name)
  return typeof value === 'string' ? value : null
}

/** A form as the web reads it; `null` for what is none. */
async function fieldsOf(body: Uint8Array, contentType: string): Promise<FormData | URLSearchParams | null> {
  // With a question mark of ours, for the first one is skipped: in a form it belongs to a name.
  if (!/^multipart/i.test(contentType)) return new URLSearchParams(`?${Buffer.from(body).toString('utf8')}`)
  try {
    const headers = { 'content-type': contentType }
    return await new Response(Buffer.from(body), { headers }).formData()
  } catch {
    return null
  }
}

/** What a framework made of the form. */
function ofParsed(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return null
  const value: unknown = (body as Record<string, unknown>)[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : null
}

function missing(): AuthError {
  return new AuthError('csrf_failed', 'Missing CSRF token', { reason: 'csrf_missing' })
}
