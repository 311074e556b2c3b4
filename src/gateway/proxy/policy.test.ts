import { describe, expect, it } from 'vitest'
import { describeAddress, toPlainAddress } from './networks.ts'
import { createTargetPolicy } from './policy.ts'

describe('addresses', () => {
  it.each([
    ['127.0.0.1', 'loopback private'],
    ['127.255.0.9', 'loopback private'],
    ['0.0.0.0', 'loopback private'],
    ['::1', 'loopback private'],
    ['::', 'loopback private'],
    ['::ffff:127.0.0.1', 'loopback private'],
    ['::ffff:7f00:1', 'loopback private'],
    ['::127.0.0.1', 'loopback private'],
    ['64:ff9b::7f00:1', 'loopback private'],
    ['2002:7f00:1::', 'loopback private'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['172.32.0.1', ''],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
    ['2002:0a01:0203::1', 'private'],
    ['169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['64:ff9b::169.254.169.254', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['fd00:ec2::254', 'private forbidden'],
    ['100.100.100.200', 'private forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['93.184.216.34', ''],
    ['2606:2800:220:1:248:1893:25c8:1946', ''],
  ])('%s: %s', (address, expected) => {
    const { isLoopback, isPrivate, isForbidden } = describeAddress(address)
    const found = [isLoopback && 'loopback', isPrivate && 'private', isForbidden && 'forbidden']
    expect(found.filter(Boolean).join(' ')).toBe(expected)
  })

  it.each([
    ['::1', '::1'],
    ['::', '0.0.0.0'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
  ])('%s is %s', (address, plain) => expect(toPlainAddress(address)).toBe(plain))
})

describe('the policy', () => {
  const ask = (entries: string[], host: string, address: string): boolean =>
    createTargetPolicy({ entries }).refuse({ host, port: 80, address }) === undefined

  it.each<[entries: string[], host: string, address: string, isAllowed: boolean]>([
    [[], 'a.example', '93.184.216.34', true],
    [[], 'a.example', '10.0.0.1', true],
    [[], 'localhost', '127.0.0.1', true],
    [[], 'a.example', '169.254.1.1', false],
    [['*'], 'a.example', '169.254.1.1', false],
    [['169.254.0.0/16'], '169.254.1.1', '169.254.1.1', false],
    [['!private'], 'a.example', '10.0.0.1', false],
    [['!private'], 'a.example', '93.184.216.34', true],
    [['!private'], 'localhost', '127.0.0.1', false],
    [['a.example'], 'a.example', '10.0.0.1', true],
    [['A.Example'], 'a.example', '10.0.0.1', true],
    [['a.example'], 'b.a.example', '10.0.0.1', false],
    [['*.a.example'], 'b.a.example', '10.0.0.1', true],
    [['*.a.example'], 'a.example', '10.0.0.1', false],
    [['*.a.example'], 'ba.example', '10.0.0.1', false],
    [['10.0.0.0/8'], 'a.example', '10.9.9.9', true],
    [['10.0.0.0/8'], 'a.example', '::ffff:10.9.9.9', true],
    [['10.0.0.0/8'], 'a.example', '11.0.0.1', false],
    [['fd00::/8'], 'a.example', 'fd12::1', true],
    [['10.0.0.5'], 'a.example', '10.0.0.5', true],
    [['*', '!private', '10.0.0.5'], 'a.example', '10.0.0.5', true],
    [['*', '!private', '10.0.0.5'], 'a.example', '10.0.0.6', false],
    [['*', '!b.example'], 'b.example', '93.184.216.34', false],
    [['!b.example', '*'], 'b.example', '93.184.216.34', true],
    [['!b.example'], 'b.example.', '93.184.216.34', false],
    [['!*.b.example'], 'a.b.example.', '93.184.216.34', false],
    [['a.example.'], 'a.example', '10.0.0.1', true],
  ])('%j: %s at %s: %s', (entries, host, address, isAllowed) =>
    expect(ask(entries, host, address)).toBe(isAllowed),
  )

  it('own listeners are refused on loopback, whatever the entries say, and only there', () => {
    const policy = createTargetPolicy({ entries: ['*'], isOwnPort: (port) => port === 9 })
    const refuses = (address: string, port: number): boolean =>
      policy.refuse({ host: 'a', port, address }) !== undefined
    expect([refuses('127.0.0.1', 9), refuses('0.0.0.0', 9), refuses('::ffff:127.0.0.1', 9)]).toEqual([
      true,
      true,
      true,
    ])
    expect([refuses('127.0.0.1', 8), refuses('93.184.216.34', 9)]).toEqual([false, false])
  })

  it('a domain of this host is not refused for its private address', () => {
    const policy = createTargetPolicy({ entries: ['!private'], isOwnHost: (host) => host === 'own.example' })
    expect(policy.refuse({ host: 'own.example', port: 443, address: '10.0.0.1' })).toBeUndefined()
    expect(policy.refuse({ host: 'other.example', port: 443, address: '10.0.0.1' })).toMatch(/proxy_allow/)
  })
})
