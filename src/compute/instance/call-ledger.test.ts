import { expect, it } from 'vitest'
import { CallLedger } from './call-ledger.ts'

const RESET = Object.assign(new Error('read'), { code: 'ECONNRESET' })
const SMALL = [Buffer.alloc(100)]
const LARGE = [Buffer.alloc(40_000)]

/** A ledger with `before` calls that were written one by one and answered. */
function create(before: number): CallLedger {
  const ledger = new CallLedger()
  for (let i = 0; i < before; i++) {
    ledger.add()
    ledger.onWrite(SMALL, 1)
  }
  return ledger
}

it('takes what was not written for unread, however the connection ended', () => {
  const ledger = create(2)
  const id = ledger.add()
  expect([ledger.isUnread(id - 1, null), ledger.isUnread(id, null)]).toEqual([false, true])
})

it('takes what could not be written for unread', () => {
  const ledger = create(2)
  const id = ledger.add()
  ledger.onLost()
  expect([ledger.isUnread(id - 1, null), ledger.isUnread(id, null)]).toEqual([false, true])
})

it.each([
  { what: 'the last write, given to an idle process', buffers: SMALL, open: 1, broken: RESET, unread: true },
  { what: 'a connection that ended in order', buffers: SMALL, open: 1, broken: null, unread: false },
  { what: 'a large write of one call', buffers: LARGE, open: 1, broken: RESET, unread: true },
  { what: 'a process that had another call', buffers: SMALL, open: 2, broken: RESET, unread: false },
])('after $what: unread $unread', ({ buffers, open, broken, unread }) => {
  const ledger = create(1)
  const id = ledger.add()
  ledger.onWrite(buffers, open)
  expect(ledger.isUnread(id, broken)).toBe(unread)
})

it('does not guess of several calls in a write that can be read in parts', () => {
  const ledger = create(1)
  const ids = [ledger.add(), ledger.add()]
  ledger.onWrite(LARGE, 2)
  expect(ids.map((id) => ledger.isUnread(id, RESET))).toEqual([false, false])
})
