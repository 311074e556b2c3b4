import { readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { ContentHashes } from './content-hashes.ts'
import { FileSender, SENDER_ARROWS, type SenderState, type SendOptions } from './file-sender.ts'

const LARGE = 200 * 1024

describe('the states of an answer with a file', () => {
  const walk = new Walk()
  const folder = temporaryFolder('sender')

  interface Options {
    method?: string
    /** The client takes nothing more, until it is drained. */
    isSlow?: boolean
    onStart?(): void
  }

  /** An answer with a file of so many bytes; undefined: there is none. */
  function send(bytes: number | undefined, { method = 'GET', isSlow = false, onStart }: Options = {}) {
    const path = join(folder, `${files++}.txt`)
    if (bytes !== undefined) writeFileSync(path, 'x'.repeat(bytes))
    const told: string[] = []
    let sent = 0
    const take = (piece: Buffer | string): boolean => {
      look()
      sent += piece.length
      return !isSlow
    }
    const tell = (what: string): void => {
      look()
      told.push(what)
    }
    const sink = {
      listen: () => undefined,
      send: (status: number, _headers: string[], body: Buffer | string) => {
        told.push(`send ${status}`)
        take(body)
      },
      start: (_status: number, _headers: string[], _length: number | undefined, first: Buffer) => {
        told.push('start')
        onStart?.()
        return take(first)
      },
      write: take,
      end: () => tell('end'),
      abort: () => tell('abort'),
    }
    const onMissing = (): void => void told.push('missing')
    const options: SendOptions = { status: 200, headers: [], onMissing }
    const sources = { hashes: new ContentHashes(), encoded: undefined }
    const sender = new FileSender({ path, url: '/' }, { method, headers: [] }, sink, options, sources)
    const look = walk.watch(() => sender.state)
    void sender.send()
    /** Looks in each turn of the event loop, so that no state is missed. */
    const until = async (state: SenderState): Promise<void> => {
      for (look(); sender.state !== state; look()) await new Promise((resolve) => setImmediate(resolve))
    }
    const leave = (): void => {
      look()
      sender.onClose()
      look()
    }
    /** It is closed, and so is its descriptor. */
    const end = async (): Promise<void> => {
      await until('closed')
      sender.onClose()
      sender.onDrain()
      expect(sender.state).toBe('closed')
      await waitFor('the end of its descriptor', () => !listOpenFiles().includes(path))
    }
    return { sender, told, look, until, leave, end, path, sent: () => sent }
  }

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('file-sender.ts', import.meta.url))).toEqual(listArrows(SENDER_ARROWS))
  })

  it.each<[string, Parameters<typeof send>, string[], number]>([
    ['no file', [undefined], ['missing'], 0],
    ['a head alone', [LARGE, { method: 'HEAD' }], ['send 200'], 0],
    ['an empty file', [0], ['send 200'], 0],
    ['a small file', [100], ['send 200'], 100],
    ['a large file', [LARGE], ['start', 'end'], LARGE],
  ])('%s is answered, and closed', async (_title, options, words, bytes) => {
    const { end, told, sent } = send(...options)
    await end()
    expect([told, sent()]).toEqual([words, bytes])
  })

  it('a slow client is given a piece each time it takes again', async () => {
    const { sender, until, end, look, told, sent } = send(LARGE, { isSlow: true })
    for (let pieces = 1; pieces <= 3; pieces++) {
      await until('waiting')
      expect(sent()).toBe(pieces * 64 * 1024)
      sender.onDrain()
      look()
      sender.onDrain()
      expect(sender.state).toBe('reading')
    }
    await end()
    expect([told, sent()]).toEqual([['start', 'end'], LARGE])
  })

  it('a file that has become shorter ends the connection', async () => {
    const { sender, until, end, look, path, told } = send(LARGE, { isSlow: true })
    await until('waiting')
    truncateSync(path)
    // The next piece may have been read before.
    for (; sender.state !== 'closed'; look()) {
      sender.onDrain()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await end()
    expect(told).toEqual(['start', 'abort'])
  })

  it('a client that leaves while the file is opened, or is missing, hears nothing', async () => {
    for (const bytes of [100, undefined]) {
      const { leave, end, told } = send(bytes)
      leave()
      await end()
      expect(told).toEqual([])
    }
  })

  it('a client that leaves while the file is read: the descriptor is closed behind the read', async () => {
    const reading = send(LARGE, { onStart: () => queueMicrotask(reading.leave) })
    await reading.until('left')
    await reading.end()
    expect(reading.told).toEqual(['start'])
  })

  it('a client that leaves as the answer begins', async () => {
    const leaving = send(LARGE, { onStart: () => leaving.leave() })
    await leaving.end()
    expect(leaving.told).toEqual(['start'])
  })

  it('a client that leaves while it is waited for', async () => {
    const { until, leave, end, told } = send(LARGE, { isSlow: true })
    await until('waiting')
    leave()
    await end()
    expect(told).toEqual(['start'])
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(SENDER_ARROWS)))
})

let files = 0

function listOpenFiles(): string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // closed meanwhile: it was that of the listing, or of another test
    }
  })
}
