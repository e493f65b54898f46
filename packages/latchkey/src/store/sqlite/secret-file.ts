import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm, stat } from 'node:fs/promises'

/**
 * The text of a secret file; made of 32 random bytes (base64url, mode 0600) when there is none. Of processes that
 * start together one makes it and all read the same.
 *
 * @param log told when it was made
 * @throws {Error} when others than its owner can read it
 */
export async function readSecretFile(path: string, log: (line: string) => void): Promise<string> {
  if ((await stat(path).catch(() => null)) === null && (await createSecretFile(path))) log(madeLine(path))
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new Error(`The secret file ${path} can be read by others than its owner. Type: chmod 600 '${path}'`)
  }
  const text = (await readFile(path, 'utf8')).trim()
  if (text === '') throw new Error(`The secret file ${path} is empty. Restore it from a backup.`)
  return text
}

const madeLine = (path: string): string =>
  `latchkey: the signing keys are sealed with a new secret, ${path}; in production give one of your own: ` +
  'sqliteStore(path, { sealingSecret }).'

// Written aside and linked: the name appears with all of its content, and only if nobody else was first.
async function createSecretFile(path: string): Promise<boolean> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(aside, 'wx', 0o600)
    await file.writeFile(`${randomBytes(32).toString('base64url')}\n`)
    await file.sync()
    await file.close()
    await link(aside, path)
    return true
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
    return false
  } finally {
    await rm(aside, { force: true })
  }
}
