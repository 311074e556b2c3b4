import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../test/helpers/drawn-arrows.ts'
import { createListLog, type LogLine } from '../../test/helpers/list-log.ts'
import { STOP_ARROWS, StopOrder } from './stop-order.ts'

interface Heard {
  stops: StopOrder
  heard: string[]
  log: LogLine[]
  /** Ends the wait of `close` of the part in the middle. */
  finish(): void
}

/** Three parts; the one in the middle has something that runs. */
function open(): Heard {
  const heard: string[] = []
  const log: LogLine[] = []
  const running = Promise.withResolvers<void>()
  const stops = new StopOrder(createListLog(log))
  const say = (what: string) => (): void => void heard.push(what)
  stops.opened('store', { destroy: say('destroy store') })
  stops.opened('pool', {
    close: () => {
      heard.push('close pool')
      return running.promise
    },
    destroy: say('destroy pool'),
  })
  stops.opened('gateway', { close: say('close gateway'), destroy: say('destroy gateway') })
  return { stops, heard, log, finish: running.resolve }
}

const CLOSED = ['close gateway', 'destroy gateway', 'close pool', 'destroy pool', 'destroy store']
const DESTROYED = ['destroy gateway', 'destroy pool', 'destroy store']

describe('StopOrder', () => {
  it('closes the last part first, and each one only when the one before it has ended', async () => {
    const { stops, heard, finish } = open()
    const closing = stops.close()
    await new Promise(setImmediate)
    expect(heard).toEqual(CLOSED.slice(0, 3))
    finish()
    await closing
    expect(heard).toEqual(CLOSED)
  })

  it('destroys in the same order, without closing', async () => {
    const { stops, heard } = open()
    await stops.destroy()
    expect(heard).toEqual(DESTROYED)
  })

  it('destroy during close ends the wait and goes on from there', async () => {
    const { stops, heard } = open()
    const closing = stops.close()
    await new Promise(setImmediate)
    await Promise.all([stops.destroy(), closing])
    expect(heard).toEqual(CLOSED)
  })

  it('close during destroy, and both again and again, do it once', async () => {
    const { stops, heard } = open()
    await Promise.all([stops.destroy(), stops.close(), stops.destroy(), stops.close()])
    await stops.close()
    await stops.destroy()
    expect(heard).toEqual(DESTROYED)
  })

  it('a start that fails destroys what it has opened, and fails with its own reason', async () => {
    const { stops, heard } = open()
    const failing = stops.guard(() => Promise.reject(new Error('port in use')))
    await expect(failing).rejects.toThrow('port in use')
    expect(heard).toEqual(DESTROYED)
  })

  it('a start that succeeds destroys nothing', async () => {
    const { stops, heard } = open()
    expect(await stops.guard(() => Promise.resolve('server'))).toBe('server')
    expect(heard).toEqual([])
  })

  it('a part that cannot be closed is destroyed, logged, and keeps no other from its end', async () => {
    const { stops, heard, log, finish } = open()
    finish()
    stops.opened('edge', {
      close: () => Promise.reject(new Error('no')),
      destroy: () => void heard.push('destroy edge'),
    })
    await expect(stops.close()).rejects.toThrow('no')
    expect(heard).toEqual(['destroy edge', ...CLOSED])
    expect(log.filter(({ level }) => level === 'error')).toMatchObject([
      { event: 'host.close_failed', part: 'edge' },
    ])
  })
})

describe('the states of a host that stops', () => {
  const walk = new Walk()
  const start = () => {
    const { stops, heard, finish } = open()
    return { stops, heard, finish, look: walk.watch(() => stops.state) }
  }

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('stop-order.ts', import.meta.url))).toEqual(listArrows(STOP_ARROWS))
  })

  it('opening → closing → closed', async () => {
    const { stops, look, finish } = start()
    const closing = stops.close()
    look()
    finish()
    await closing
    look()
    await stops.destroy()
    look()
    expect(stops.state).toBe('closed')
  })

  it('opening → destroying → closed, by a start that fails', async () => {
    const { stops, look } = start()
    stops.opened('edge', { destroy: look })
    const failing = stops.guard(() => Promise.reject(new Error('port in use')))
    await expect(failing).rejects.toThrow('port in use')
    look()
    expect(stops.state).toBe('closed')
  })

  it('closing → destroying', async () => {
    const { stops, look } = start()
    const closing = stops.close()
    look()
    const destroying = stops.destroy()
    look()
    void stops.close()
    expect(stops.state).toBe('destroying')
    await Promise.all([closing, destroying])
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(STOP_ARROWS)))
})
