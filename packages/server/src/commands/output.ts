import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A reader that has enough, as `| head`, ends what is written to it, and is no failure. */
export function endQuietly(): void {
  process.stdout.on('error', requireBrokenPipe)
}

/** Writes as fast as whoever reads takes it, and no further than they read. */
export async function writeLines(lines: AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(lines), process.stdout, { end: false }).catch(requireBrokenPipe)
}

function requireBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
